#ifndef EARSHOT_RECEIVER_PLAYOUT_STRETCH_H_
#define EARSHOT_RECEIVER_PLAYOUT_STRETCH_H_

#include <cstdint>

#include "dsp/time_stretcher.h"
#include "receiver/playout_account.h"
#include "receiver/playout_buffer.h"
#include "receiver/playout_counters.h"
#include "receiver/playout_policy.h"
#include "receiver/sample_time.h"

namespace earshot {

// Makes what is ahead in a buffer shorter or longer, as was decided: pauses at
// any time, speech no oftener than may be heard.
class PlayoutStretch {
 public:
  // The references must outlive this object.
  PlayoutStretch(int sample_rate_hz, int channels, PlayoutBuffer& buffer,
                 PlayoutCounters& counters);

  // How much ahead is worth having in the buffer for it.
  static int64_t LookaheadUs(const PlayoutDecision& decision);

  // To be called once a tick at the most.
  void Change(const PlayoutDecision& decision, int64_t tick_us,
              float noise_floor_db);

  // What was changed since the last time.
  void Report(PlayoutBlock& block);

 private:
  int Stretch(PlayoutAction action, Haste haste, int64_t most_us,
              float noise_floor_db);

  const SampleTime time_;
  PlayoutBuffer& buffer_;
  PlayoutCounters& counters_;
  TimeStretcher stretcher_;
  int64_t rest_until_us_ = 0;  // No change of speech before.
  int removed_samples_ = 0;
  int inserted_samples_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_STRETCH_H_
