#ifndef EARSHOT_RECEIVER_PLAYOUT_H_
#define EARSHOT_RECEIVER_PLAYOUT_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/comfort_noise.h"
#include "dsp/merge.h"
#include "dsp/noise_floor.h"
#include "dsp/time_stretcher.h"
#include "receiver/packet_buffer.h"
#include "receiver/playout_buffer.h"
#include "receiver/playout_counters.h"
#include "receiver/playout_policy.h"
#include "receiver/sender_clock.h"
#include "receiver/target_delay.h"
#include "receiver/timeline_writer.h"

namespace earshot {

struct PlayoutConfig {
  int sample_rate_hz = 16000;
  int channels = 1;
  int64_t min_delay_us = 0;  // Over the minimum-delay line.
  int64_t max_delay_us = 1'000'000;
};

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

// Reads the timeline for a listener who hears it: 10 ms at a time on a steady
// clock, at a delay that follows the network. What has not come is made up and
// waited for: late audio is played, and time-stretch brings the delay back.
class Playout {
 public:
  static constexpr int64_t kTickUs = 10'000;

  // The references must outlive this object.
  Playout(const PlayoutConfig& config, const SenderClock& clock,
          TimelineWriter& writer);

  // A packet of the stream came, before it is written.
  void OnPacket(const BufferedPacket& packet, int64_t slip_ticks,
                bool predecessor_is_missing, bool is_newest);

  // The position up to which the timeline must be written for the next Take.
  int64_t NeededTicks(int64_t now_us);

  // Makes the next 10 ms; `out` must be exactly that. To be called after the
  // timeline was written up to what is needed.
  PlayoutBlock Take(std::span<int16_t> out);

  void End() { has_ended_ = true; }

  const PlayoutCounters& counters() const { return counters_; }

 private:
  void KeepTime(int64_t now_us);
  int64_t UsableUs(int64_t arrival_us) const;
  int64_t DelayUs(int64_t media_sample) const;
  int64_t SampleAtDelay(int64_t delay_us) const;
  int64_t KnownEndSample() const;
  int AvailableSamples() const;
  bool Start();
  void FollowJumps();
  void LimitDelay();
  void JumpTo(int64_t media_sample);
  bool Resume();
  void SkipWhatWasMadeUp();
  void Refill(int ahead_samples);
  void Change();
  int Stretch(PlayoutAction action, Haste haste, int64_t most_us);
  void BeginMakingUp();
  void MakeUp(int samples);
  void ExtrapolateInto(std::span<int16_t> room);
  void Account(std::span<const PlayoutRun> runs, PlayoutBlock& block);
  void Learn(const PlayoutBlock& block, std::span<const int16_t> pcm);
  void AccountFor(Provenance provenance, int samples, PlayoutBlock& block,
                  std::array<int, kProvenanceCount>& samples_of);
  Provenance ProvenanceAt(int64_t sample) const;
  int CellSamples() const;  // The timeline's 2.5 ms.
  int64_t TicksOf(int64_t sample) const;
  int64_t UsOf(int64_t samples) const;
  int SamplesOf(int64_t us) const;

  const PlayoutConfig config_;
  const SenderClock& clock_;
  TimelineWriter& writer_;
  TargetDelay target_;
  PlayoutBuffer buffer_;
  TimeStretcher stretcher_;
  Merger merger_;
  NoiseFloor noise_floor_;
  ComfortNoise comfort_noise_;
  PlayoutCounters counters_;

  // Time, as the listener's device counts it.
  bool is_ticking_ = false;
  int64_t tick_us_ = 0;
  int64_t counted_us_ = 0;                     // By pulls alone.
  std::array<int64_t, 2> least_late_us_ = {};  // Of this span and the last.
  int span_pulls_ = 0;

  bool is_playing_ = false;
  bool has_ended_ = false;
  int64_t next_sample_ = 0;  // Of the timeline, not in the buffer yet.
  bool is_making_up_ = false;
  int64_t made_up_samples_ = 0;  // In a row, up to now.
  Origin made_up_origin_ = Origin::kMadeUp;
  int64_t rest_until_us_ = 0;  // No change of speech before.
  int removed_samples_ = 0;
  int inserted_samples_ = 0;
  bool ends_concealed_ = false;  // A concealment event is going on.

  // Frames whose lateness is known: by their own packet or by a copy.
  std::array<int64_t, 64> known_sequences_ = {};
  std::vector<int16_t> scratch_;       // Of one block.
  std::vector<int16_t> continuation_;  // What would have been made up next,
  std::vector<int16_t> fresh_;         // and the real audio at its position.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_H_
