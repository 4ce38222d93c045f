#ifndef EARSHOT_RECEIVER_PULL_CLOCK_H_
#define EARSHOT_RECEIVER_PULL_CLOCK_H_

#include <array>
#include <cstdint>

namespace earshot {

// Time as the device of a listener counts it: 10 ms a pull. The caller's pulls
// come early and late; what is played does not. So time is the count of pulls,
// and follows the clock of the least late of them slowly.
class PullClock {
 public:
  static constexpr int64_t kTickUs = 10'000;

  void OnPull(int64_t now_us);

  // Of the last pull; meaningful after the first.
  int64_t tick_us() const { return tick_us_; }

  // The tick at which what arrived then can be played.
  int64_t TickAfterUs(int64_t arrival_us) const;

 private:
  bool is_ticking_ = false;
  int64_t tick_us_ = 0;
  int64_t counted_us_ = 0;                     // By pulls alone.
  std::array<int64_t, 2> least_late_us_ = {};  // Of this span and the last.
  int span_pulls_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PULL_CLOCK_H_
