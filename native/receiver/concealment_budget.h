#ifndef EARSHOT_RECEIVER_CONCEALMENT_BUDGET_H_
#define EARSHOT_RECEIVER_CONCEALMENT_BUDGET_H_

#include <cstdint>

#include "codec/audio_decoder.h"

namespace earshot {

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

  // How the next `ticks` of lost audio are made up, the first of a run or not.
  Concealment Spend(int ticks, bool begins_run);

 private:
  static constexpr int64_t kMostTicks = 10;  // That can be saved up.

  const int64_t us_per_tick_;
  int64_t left_us_;
  int64_t refilled_us_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_CONCEALMENT_BUDGET_H_
