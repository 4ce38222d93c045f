#include "receiver/concealment_budget.h"

#include <algorithm>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int64_t kTickUs = 10'000;

// Of libopus 1.5.2 for 20 ms at 16 kHz, on a shared 2-core machine.
constexpr int64_t kFirstFrameUs = 600;
constexpr int64_t kNextFrameUs = 140;
constexpr int kPricedTicks = 20 * kTicksPerMs;

}  // namespace

void ConcealmentBudget::Refill(int64_t now_us) {
  const int64_t ticks = (now_us - refilled_us_) / kTickUs;
  if (ticks <= 0) return;
  refilled_us_ += ticks * kTickUs;
  left_us_ = std::min(kMostTicks * us_per_tick_,
                      left_us_ + std::min(ticks, kMostTicks) * us_per_tick_);
}

Concealment ConcealmentBudget::Spend(const LostAudio& lost) {
  const int64_t frames = (lost.ticks + kPricedTicks - 1) / kPricedTicks;
  const int64_t cost_us = (lost.begins_run ? kFirstFrameUs - kNextFrameUs : 0) +
                          frames * kNextFrameUs;
  if (cost_us > left_us_) return Concealment::kClassic;
  left_us_ -= cost_us;
  return Concealment::kDeep;
}

Concealment ConcealmentFor(const LostAudio& lost, ConcealmentBudget* budget) {
  if (budget == nullptr || lost.is_silence) return Concealment::kClassic;
  return budget->Spend(lost);
}

}  // namespace earshot
