#ifndef EARSHOT_RECEIVER_PATH_WATCH_H_
#define EARSHOT_RECEIVER_PATH_WATCH_H_

#include <algorithm>
#include <cstdint>

namespace earshot {

// By how much the path is longer now than the minimum-delay line says, because
// a queue has built up on it or the route has changed. Jitter, and what is sent
// in one go after it was held back, leaves quick packets among the slow ones;
// behind a standing queue there are none. So it looks at the quickest packet of
// short windows.
class PathWatch {
 public:
  // A packet came at `arrival_us` whose last sample is at `end_ticks`, where
  // the line is at `line_us`, not later.
  void OnPacket(int64_t end_ticks, int64_t arrival_us, int64_t line_us);

  // The line has moved up by this much; down where it is negative.
  void OnLineMoved(int64_t by_us);

  // When audio that ends at `end_ticks` would come over the path as it is now.
  // What was sent before a packet that found the path short again may have been
  // waited for by the longer one, and is not due sooner for it; yet in a queue
  // nothing is overtaken.
  int64_t PresentLineUs(int64_t end_ticks, int64_t line_us) const {
    if (!has_fallen_ || end_ticks >= fell_ticks_) return line_us + lift_us_;
    return std::max(line_us, std::min(line_us + fell_from_us_, fell_us_));
  }

 private:
  void OnWindowOver();

  int64_t lift_us_ = 0;
  int64_t window_start_us_ = 0;
  int window_packets_ = 0;
  // Of the packets of this window and of the one before it, over the line.
  int64_t least_us_ = 0;
  int64_t least_before_us_ = 0;

  // The packet that the lift last fell to, and the lift before.
  bool has_fallen_ = false;
  int64_t fell_ticks_ = 0;
  int64_t fell_us_ = 0;
  int64_t fell_from_us_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PATH_WATCH_H_
