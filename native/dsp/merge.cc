#include "dsp/merge.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dsp/cross_fade.h"

namespace earshot {
namespace {

constexpr int kCoarsePerMs = kCoarseRateHz / 1000;
constexpr int kMaxCoarse = 20 * kCoarsePerMs;
using Coarse = std::array<float, kMaxCoarse>;
using Fine = std::array<float, kMaxCoarse * 48'000 / kCoarseRateHz>;
constexpr int kOverlapCoarse = 5 * kCoarsePerMs;
constexpr int kRampMs = 15;
constexpr float kLowestGain = 0.25f;  // An onset must stay one.
// Less than 2 dB between two stretches of speech is chance.
constexpr float kFadedEnergyRatio = 0.63f;
// Correlation that the largest shift must win.
constexpr float kShiftPenalty = 0.15f;

// Two sides of a merge with a shift.
Similarity CompareAt(std::span<const float> made, std::span<const float> real,
                     int shift, int overlap) {
  const auto count = static_cast<size_t>(overlap);
  return Compare(made.subspan(static_cast<size_t>(std::max(-shift, 0)), count),
                 real.subspan(static_cast<size_t>(std::max(shift, 0)), count));
}

}  // namespace

Merge Merger::Find(std::span<const int16_t> continuation,
                   std::span<const int16_t> fresh,
                   const ShiftLimits& limits) const {
  const auto width = static_cast<size_t>(channels_);
  const auto usable = [&](std::span<const int16_t> pcm) {
    return std::min(static_cast<int>(pcm.size() / width), kMaxCoarse * factor_);
  };
  const int made_samples = usable(continuation);
  const int real_samples = usable(fresh);
  Fine made_room;
  Fine real_room;
  const std::span<float> made(made_room.data(),
                              static_cast<size_t>(made_samples));
  const std::span<float> real(real_room.data(),
                              static_cast<size_t>(real_samples));
  const float sign = AgreeingSign(fresh, channels_);
  MixDown(continuation, channels_, sign, made);
  MixDown(fresh, channels_, sign, real);

  Merge merge;
  merge.overlap_samples =
      std::min({kOverlapCoarse * factor_, made_samples, real_samples});
  const int overlap = merge.overlap_samples;
  const int most_kept = std::min(limits.later_samples, made_samples - overlap);
  const int most_skipped =
      std::min(limits.sooner_samples, real_samples - overlap);
  const int max_shift = std::max(limits.sooner_samples, limits.later_samples);
  int shift = 0;
  if (max_shift >= factor_ && overlap == kOverlapCoarse * factor_) {
    Coarse coarse_made_room;
    Coarse coarse_real_room;
    const std::span<float> coarse_made(
        coarse_made_room.data(), static_cast<size_t>(made_samples / factor_));
    const std::span<float> coarse_real(
        coarse_real_room.data(), static_cast<size_t>(real_samples / factor_));
    Decimate(made, factor_, coarse_made);
    Decimate(real, factor_, coarse_real);
    const float penalty =
        kShiftPenalty / static_cast<float>(max_shift / factor_);
    const int coarse =
        factor_ * FindShift(coarse_made, coarse_real, -most_kept / factor_,
                            most_skipped / factor_, kOverlapCoarse, penalty);
    // 0 is not refined: nothing is nearer to it.
    if (coarse != 0) {
      shift = FindShift(made, real, std::max(coarse - factor_ / 2, -most_kept),
                        std::min(coarse + factor_ / 2, most_skipped), overlap,
                        penalty / static_cast<float>(factor_));
    }
  }
  merge.kept_samples = std::max(-shift, 0);
  merge.skipped_samples = std::max(shift, 0);

  merge.correlation = CompareAt(made, real, shift, overlap).correlation();
  // Levels over all that is here: the overlap may be less than a period.
  const Similarity whole =
      CompareAt(made, real, shift,
                std::min(made_samples - merge.kept_samples,
                         real_samples - merge.skipped_samples));
  if (whole.first_energy < kFadedEnergyRatio * whole.second_energy) {
    merge.first_gain = std::max(
        std::sqrt(whole.first_energy / whole.second_energy), kLowestGain);
    merge.ramp_samples = std::min(
        kRampMs * kCoarsePerMs * factor_,
        static_cast<int>(fresh.size() / width) - merge.skipped_samples);
  }
  return merge;
}

int Merger::FindShift(std::span<const float> made, std::span<const float> real,
                      int first, int last, int overlap, float penalty) {
  int best = 0;
  float best_score = -1;
  for (int shift = first; shift <= last; ++shift) {
    const float score = CompareAt(made, real, shift, overlap).correlation() -
                        penalty * static_cast<float>(std::abs(shift));
    if (score > best_score) {
      best_score = score;
      best = shift;
    }
  }
  return best;
}

int Merger::Apply(const Merge& merge, std::span<const int16_t> continuation,
                  std::span<const int16_t> fresh,
                  std::span<int16_t> out) const {
  const auto samples = [this](int count) {
    return static_cast<size_t>(count) * static_cast<size_t>(channels_);
  };
  const size_t kept = samples(merge.kept_samples);
  const size_t overlap = samples(merge.overlap_samples);
  const auto used = fresh.subspan(samples(merge.skipped_samples));
  std::copy_n(continuation.begin(), kept, out.begin());
  std::copy(used.begin(), used.end(),
            out.begin() + static_cast<ptrdiff_t>(kept));
  RampToUnity(out.subspan(kept, samples(merge.ramp_samples)), channels_,
              merge.first_gain);
  CrossFade(continuation.subspan(kept, overlap), out.subspan(kept, overlap),
            channels_, merge.correlation, out.subspan(kept, overlap));
  return static_cast<int>((kept + used.size()) /
                          static_cast<size_t>(channels_));
}

}  // namespace earshot
