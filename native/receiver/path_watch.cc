#include "receiver/path_watch.h"

#include <algorithm>

namespace earshot {
namespace {

// A radio that saves power is sent what was held for it at beacons, 102.4 ms
// apart (802.11): a window sees the end of every such hold.
constexpr int64_t kWindowUs = 110'000;
// Long packets and silence come so seldom that a window must last longer.
constexpr int kWindowLeastPackets = 3;
// What a listener that waits for 150 ms can do with is left to the line.
constexpr int64_t kFarUs = 60'000;
// Behind a stall that is over delays run down, by what a window lasts or by
// less where a slow link sends them: the path is about to be short again.
constexpr int64_t kRunDownUs = 10'000;
// A fall in steps, from packet to packet, is one; by then nothing waits that
// did before the first of them.
constexpr int64_t kOneFallUs = 1'000'000;

}  // namespace

void PathWatch::OnPacket(int64_t end_ticks, int64_t arrival_us,
                         int64_t line_us) {
  const int64_t above_us = arrival_us - line_us;
  const bool window_over = arrival_us - window_start_us_ >= kWindowUs &&
                           window_packets_ >= kWindowLeastPackets;
  if (window_over) OnWindowOver();
  if (window_over || window_packets_ == 0) {
    window_start_us_ = arrival_us;
    window_packets_ = 0;
    least_us_ = above_us;
  }
  window_packets_ = std::min(window_packets_ + 1, kWindowLeastPackets);
  least_us_ = std::min(least_us_, above_us);
  if (above_us >= lift_us_) return;
  const bool falls_on = has_fallen_ && arrival_us - fell_us_ <= kOneFallUs;
  fell_from_us_ = falls_on ? std::max(fell_from_us_, lift_us_) : lift_us_;
  has_fallen_ = true;
  fell_ticks_ = end_ticks;
  fell_us_ = arrival_us;
  lift_us_ = above_us;
}

void PathWatch::OnWindowOver() {
  const int64_t far_us = lift_us_ + kFarUs;
  if (least_us_ >= far_us && least_before_us_ >= far_us &&
      least_us_ >= least_before_us_ - kRunDownUs) {
    lift_us_ = least_us_;
  }
  least_before_us_ = least_us_;
}

// A line that falls leaves what it was to the lift: so one rule holds for what
// waits, whichever of both falls.
void PathWatch::OnLineMoved(int64_t by_us) {
  lift_us_ = std::max<int64_t>(0, lift_us_ - by_us);
  fell_from_us_ = std::max<int64_t>(0, fell_from_us_ - by_us);
  least_us_ -= by_us;
  least_before_us_ -= by_us;
}

}  // namespace earshot
