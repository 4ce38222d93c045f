#ifndef EARSHOT_RECEIVER_CONCEALMENT_BUDGET_H_
#define EARSHOT_RECEIVER_CONCEALMENT_BUDGET_H_

#include <cstdint>

#include "codec/audio_decoder.h"

namespace earshot {

// Lost audio that is to be made up.
struct LostAudio {
  int ticks = 0;
  bool begins_run = false;  // Nothing before it was made up.
  bool is_silence = false;  // Where the sender's codec was silent.
};

// What deep concealment may cost. When many streams lose packets at once it
// would take the processor from all of them: beyond the budget concealment is
// classic. Streams may share one. The costs are counted, not measured, so that
// the same calls give the same audio.
class ConcealmentBudget {
 public:
  // `us_per_tick`: processor time for 10 ms; 0 for classic concealment only.
  explicit ConcealmentBudget(int64_t us_per_tick)
      : us_per_tick_(us_per_tick), left_us_(kMostTicks * us_per_tick) {}

  // Time has come to `now_us`.
  void Refill(int64_t now_us);

  // How lost audio is made up: deeply where there is enough left for it, which
  // is then spent.
  Concealment Spend(const LostAudio& lost);

 private:
  static constexpr int64_t kMostTicks = 10;  // That can be saved up.

  const int64_t us_per_tick_;
  int64_t left_us_;
  int64_t refilled_us_ = 0;
};

// How lost audio is made up where the budget may be missing (nullptr): deeply
// only where somebody may have spoken.
Concealment ConcealmentFor(const LostAudio& lost, ConcealmentBudget* budget);

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_CONCEALMENT_BUDGET_H_
