#ifndef EARSHOT_RECEIVER_PLAYOUT_ACCOUNT_H_
#define EARSHOT_RECEIVER_PLAYOUT_ACCOUNT_H_

#include <array>
#include <cstdint>
#include <span>

#include "receiver/frame.h"
#include "receiver/playout_buffer.h"
#include "receiver/playout_counters.h"
#include "receiver/sample_time.h"
#include "receiver/timeline.h"

namespace earshot {

// What 10 ms of playout consist of. Samples are per channel.
struct PlayoutBlock {
  int64_t media_ticks = 0;  // Of the first sample, or where it will be gone on.
  Provenance provenance = Provenance::kSilence;  // Of most of it.
  bool is_playing = false;  // False before the first packet's audio.
  int concealed_samples = 0;
  int removed_samples = 0;  // Since the block before, by time-stretch.
  int inserted_samples = 0;
  int64_t delay_us = 0;  // Over the minimum-delay line.
  int64_t target_us = 0;
  int64_t level_us = 0;  // Audio that is here and not played yet.
};

// Keeps account of what was played and where it came from.
class PlayoutAccount {
 public:
  explicit PlayoutAccount(int sample_rate_hz) : time_(sample_rate_hz) {}

  // Tells what a block is that consists of these runs; its delay must be known.
  void Add(std::span<const PlayoutRun> runs, const Timeline& timeline,
           PlayoutBlock& block);

  PlayoutCounters& counters() { return counters_; }
  const PlayoutCounters& counters() const { return counters_; }

 private:
  using SamplesOf = std::array<int, kProvenanceCount>;

  void AddPart(Provenance provenance, int samples, PlayoutBlock& block,
               SamplesOf& samples_of);

  const SampleTime time_;
  PlayoutCounters counters_;
  bool ends_concealed_ = false;  // A concealment event is going on.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_ACCOUNT_H_
