#ifndef EARSHOT_RECEIVER_TARGET_DELAY_H_
#define EARSHOT_RECEIVER_TARGET_DELAY_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace earshot {

// How a frame's audio became available.
enum class Availability {
  kInOrder,   // Nothing newer was there: playout would have waited for it.
  kIntoHole,  // Newer packets were there: it would have been concealed.
};

// The delay that playout should have over the minimum-delay line. For every
// delay that comes into question a playout is simulated on the packets that
// come: how long its audio waits, and how much it has to make up. The target is
// that of the cheapest, at 20 ms of delay for one percent of audio made up, the
// rate of NetEQ's reorder optimizer (signalapp/webrtc bd635df347).
class TargetDelay {
 public:
  TargetDelay(int64_t min_us, int64_t max_us);

  // The next frame became available this long after the minimum-delay line of
  // its packet, rounded up to the time at which playout can use it.
  void OnFrame(int64_t late_us, int64_t duration_us, Availability availability);

  int64_t target_us() const { return target_us_; }

  // What it would be if delay were cheap, as it is in pauses: no less.
  int64_t pause_target_us() const { return pause_target_us_; }

  // The greatest lateness of the last few frames.
  int64_t recent_late_us() const { return recent_late_max_us_; }

 private:
  static constexpr size_t kCandidates = 48;
  static constexpr size_t kRecent = 5;

  struct Candidate {
    int64_t target_us = 0;
    int64_t delay_us = 0;  // Of the simulated playout, now.
    // Decaying sums of both prices, µs x ms.
    int64_t delay_cost = 0;
    int64_t making_up_cost = 0;
  };

  void Choose();
  int64_t CheapestUs(int64_t price_of_delay) const;

  std::array<Candidate, kCandidates> candidates_;
  size_t used_ = 0;
  std::array<int64_t, kRecent> recent_late_us_ = {};
  size_t recent_at_ = 0;
  int64_t recent_late_max_us_ = 0;
  int64_t heard_us_ = 0;
  int64_t target_us_;
  int64_t pause_target_us_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_TARGET_DELAY_H_
