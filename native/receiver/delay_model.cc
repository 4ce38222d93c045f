#include "receiver/delay_model.h"

#include <algorithm>

namespace earshot {
namespace {

constexpr int64_t kLateBinUs = 1000;

// A packet's lateness has half its weight after 30 s of 20 ms packets.
constexpr float kLateGrowth = 1.000462f;
constexpr float kMaxWeight = 1e6f;
constexpr float kUsualRatio = 0.995f;

// What is believed of holes before any was seen: nearly all of them are filled,
// any time up to the deadline; worth six holes. A path has to show that it
// loses packets before anything is given up early.
constexpr float kPriorHoles = 6;
constexpr float kPriorFilledRatio = 0.9f;
// A hole has half its weight after 35 more.
constexpr float kForgetting = 0.98f;

// What has been seen says this little of the times at which nothing was seen.
constexpr float kUnseenRatio = 0.05f;

// The price of 20 ms of audio being a millisecond later, in word errors.
constexpr double kDelayPrice = 3e-6;
constexpr double kPricedUs = 20'000;

size_t BinOf(int64_t us, int64_t bin_us, size_t bins) {
  return static_cast<size_t>(
      std::clamp<int64_t>(us / bin_us, 0, static_cast<int64_t>(bins) - 1));
}

}  // namespace

DelayModel::DelayModel(int64_t deadline_us, double eagerness)
    : price_per_us_(eagerness * kDelayPrice / 1000 / kPricedUs),
      hole_bin_us_(std::max<int64_t>(
          1000, deadline_us / static_cast<int64_t>(kBins) + 1)),
      deadline_bins_(BinOf(deadline_us, hole_bin_us_, kBins) + 1),
      never_filled_(kPriorHoles * (1 - kPriorFilledRatio)) {
  std::fill_n(
      filled_.begin(), deadline_bins_,
      kPriorHoles * kPriorFilledRatio / static_cast<float>(deadline_bins_));
}

void DelayModel::OnPacket(int64_t late_us) {
  late_[BinOf(late_us, kLateBinUs, kBins)] += late_weight_;
  late_total_ += late_weight_;
  late_weight_ *= kLateGrowth;
  if (late_weight_ < kMaxWeight) return;
  for (float& bin : late_) bin /= kMaxWeight;
  late_total_ /= kMaxWeight;
  late_weight_ /= kMaxWeight;
}

int64_t DelayModel::UsualLatenessUs() const {
  const float wanted = kUsualRatio * late_total_;
  float sum = 0;
  size_t bin = 0;
  while (bin < kBins && (sum += late_[bin]) < wanted) ++bin;
  return kLateBinUs * static_cast<int64_t>(bin + 1);
}

void DelayModel::OnHoleFilled(int64_t after_us) {
  for (float& bin : filled_) bin *= kForgetting;
  never_filled_ *= kForgetting;
  const float spread = kUnseenRatio / static_cast<float>(deadline_bins_);
  for (size_t bin = 0; bin < deadline_bins_; ++bin) filled_[bin] += spread;
  filled_[BinOf(after_us, hole_bin_us_, kBins)] += 1 - kUnseenRatio;
}

void DelayModel::OnHoleLost() {
  for (float& bin : filled_) bin *= kForgetting;
  never_filled_ = kForgetting * never_filled_ + 1;
}

int64_t DelayModel::BestStopUs(const HoleStakes& stakes) const {
  if (price_per_us_ == 0) return stakes.most_us;
  const size_t first = BinOf(stakes.waited_us, hole_bin_us_, kBins);
  const size_t last = BinOf(stakes.most_us, hole_bin_us_, kBins);
  double open = static_cast<double>(never_filled_);  // Not filled by then.
  for (size_t bin = first; bin < kBins; ++bin) {
    open += static_cast<double>(filled_[bin]);
  }
  // Both sums have the factor 1 / open-at-the-start left out.
  double worth = 0;
  double best_worth = 0;
  int64_t best_us = stakes.waited_us;
  const auto bin_us = static_cast<double>(hole_bin_us_);
  auto queued_us = static_cast<double>(stakes.queued_us);
  for (size_t bin = first; bin <= last; ++bin) {
    const auto filled = static_cast<double>(filled_[bin]);
    worth += stakes.gain * filled - price_per_us_ * queued_us * bin_us * open;
    open -= filled;
    queued_us += bin_us;
    if (worth <= best_worth) continue;
    best_worth = worth;
    best_us = hole_bin_us_ * static_cast<int64_t>(bin + 1);
  }
  return std::min(best_us, stakes.most_us);
}

}  // namespace earshot
