#ifndef EARSHOT_RECEIVER_PLAYOUT_COUNTERS_H_
#define EARSHOT_RECEIVER_PLAYOUT_COUNTERS_H_

#include <cstdint>

namespace earshot {

// Counts of playout since the start, in samples per channel; never reset.
// Nothing counts before the first audio is played.
struct PlayoutCounters {
  int64_t played_samples = 0;  // All that was given to the listener.
  int64_t concealed_samples = 0;
  int64_t concealment_events = 0;
  int64_t comfort_samples = 0;   // Noise of the sender's pauses.
  int64_t removed_samples = 0;   // By time-stretch.
  int64_t inserted_samples = 0;  // By time-stretch.
  int64_t dropped_samples = 0;   // Passed over to keep the greatest delay.
  int64_t delay_us_samples = 0;  // Sum of delay x samples of real audio,
  int64_t target_us_samples = 0;
  int64_t real_samples = 0;  // and how many those were.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_COUNTERS_H_
