#include "receiver/pull_clock.h"

#include <algorithm>
#include <cstdlib>

namespace earshot {
namespace {

// The caller's pulls come late, and in a row after a stall; a device that plays
// them does not. Time is taken from the count of pulls, and from the clock what
// the least late of the last 50 to 100 pulls tells. It follows this slowly.
constexpr int64_t kClockShare = 16;
constexpr int kSpanPulls = 50;
// Further apart the caller has been away, not merely late.
constexpr int64_t kAwayUs = 500'000;

}  // namespace

void PullClock::OnPull(int64_t now_us) {
  const int64_t expected_us = tick_us_ + kTickUs;
  if (!is_ticking_ || std::llabs(now_us - expected_us) > kAwayUs) {
    is_ticking_ = true;
    tick_us_ = counted_us_ = now_us;
    least_late_us_ = {};
    span_pulls_ = 0;
    return;
  }
  counted_us_ += kTickUs;
  if (++span_pulls_ > kSpanPulls) {
    least_late_us_ = {now_us - counted_us_, least_late_us_[0]};
    span_pulls_ = 1;
  }
  least_late_us_[0] = std::min(least_late_us_[0], now_us - counted_us_);
  const int64_t due_us =
      counted_us_ + std::min(least_late_us_[0], least_late_us_[1]);
  tick_us_ = expected_us + (due_us - expected_us) / kClockShare;
}

int64_t PullClock::TickAfterUs(int64_t arrival_us) const {
  if (!is_ticking_) return arrival_us;
  const int64_t ticks =
      std::max<int64_t>(1, (arrival_us - tick_us_ + kTickUs - 1) / kTickUs);
  return tick_us_ + ticks * kTickUs;
}

}  // namespace earshot
