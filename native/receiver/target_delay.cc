#include "receiver/target_delay.h"

#include <algorithm>
#include <limits>

namespace earshot {
namespace {

// Before the path is known. NetEQ begins with 80 ms.
constexpr int64_t kStartUs = 30'000;
constexpr int64_t kLearningUs = 400'000;

// Steps of the candidates: 1 ms at the short end, an eighth at the long one.
constexpr int64_t kLeastStepUs = 1'000;
constexpr int64_t kStepRatio = 8;
constexpr int64_t kLongestUs = 500'000;

// A simulated playout speeds up by a quarter to come back to its target.
constexpr int64_t kCatchUpRatio = 3;

// One percent of made-up audio is worth 20 ms of delay: made-up time counts
// 2000-fold against delay.
constexpr int64_t kPriceOfMakingUp = 2'000;

// Pauses bear delay: an eighth of the price.
constexpr int64_t kEighths = 32;

// Half of the cost is forgotten after 10 s of audio: 2^-20 of it a ms, 72.7.
constexpr int64_t kForgettingQ20PerMs = 145;
constexpr int kForgettingShift = 20;

}  // namespace

TargetDelay::TargetDelay(int64_t min_us, int64_t max_us)
    : target_us_(std::clamp(kStartUs, min_us, std::max(min_us, max_us))),
      pause_target_us_(target_us_) {
  const int64_t longest_us = std::min(max_us, kLongestUs);
  for (int64_t at_us = min_us; used_ < kCandidates;) {
    candidates_[used_].target_us = at_us;
    candidates_[used_].delay_us = at_us;
    ++used_;
    if (at_us >= longest_us) break;
    const int64_t step_us = std::max(kLeastStepUs, at_us / kStepRatio);
    at_us = std::min(longest_us, at_us + step_us / kLeastStepUs * kLeastStepUs);
  }
}

void TargetDelay::OnFrame(int64_t late_us, int64_t duration_us,
                          Availability availability) {
  late_us = std::max<int64_t>(0, late_us);
  recent_late_us_[recent_at_++ % kRecent] = late_us;
  recent_late_max_us_ =
      *std::max_element(recent_late_us_.begin(), recent_late_us_.end());
  const int64_t duration_ms = std::max<int64_t>(1, duration_us / 1000);
  const int64_t forgetting = kForgettingQ20PerMs * duration_ms;

  for (size_t i = 0; i < used_; ++i) {
    Candidate& one = candidates_[i];
    // Back to the target, but not below what just came.
    one.delay_us =
        std::max({one.target_us, std::min(one.delay_us, recent_late_max_us_),
                  one.delay_us - duration_us / kCatchUpRatio});
    int64_t made_up_us = std::max<int64_t>(0, late_us - one.delay_us);
    if (availability == Availability::kIntoHole) {
      made_up_us = std::min(made_up_us, duration_us);
    } else {
      one.delay_us += made_up_us;
    }
    one.delay_cost -= (one.delay_cost >> kForgettingShift) * forgetting;
    one.delay_cost += one.delay_us * duration_ms;
    one.making_up_cost -= (one.making_up_cost >> kForgettingShift) * forgetting;
    one.making_up_cost += kPriceOfMakingUp * made_up_us;
  }
  heard_us_ += duration_us;
  if (heard_us_ >= kLearningUs) Choose();
}

void TargetDelay::Choose() {
  target_us_ = CheapestUs(kEighths);
  pause_target_us_ = std::max(target_us_, CheapestUs(1));
}

// `price_of_delay` is in eighths.
int64_t TargetDelay::CheapestUs(int64_t price_of_delay) const {
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t target_us = 0;
  for (size_t i = 0; i < used_; ++i) {
    const Candidate& one = candidates_[i];
    const int64_t cost =
        one.delay_cost * price_of_delay + one.making_up_cost * kEighths;
    if (cost >= least) continue;
    least = cost;
    target_us = one.target_us;
  }
  return target_us;
}

}  // namespace earshot
