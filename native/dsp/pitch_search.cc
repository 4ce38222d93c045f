#include "dsp/pitch_search.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace earshot {
namespace {

constexpr int kComparedMs = kPitchSearchMs - kMaxPitchMs;
// The first search is at a rate that is quick to search.
constexpr int kCoarseRateHz = 8'000;
constexpr int kCoarsePerMs = kCoarseRateHz / 1000;
constexpr int kMinCoarseSamples = kCoarsePerMs * 5 / 2;  // 2.5 ms: 400 Hz.

// Among the given periods.
template <typename Sample>
Pitch FindBest(std::span<const Sample> past, int compared_samples, int shortest,
               int longest) {
  const auto newest = past.last(static_cast<size_t>(compared_samples));
  float newest_energy = 1;  // Silence correlates with nothing.
  for (const Sample sample : newest) {
    const auto x = static_cast<float>(sample);
    newest_energy += x * x;
  }
  Pitch best;
  for (int period = shortest; period <= longest; ++period) {
    const auto before =
        past.last(static_cast<size_t>(compared_samples + period));
    float product = 0;
    float energy = 1;
    for (size_t i = 0; i < newest.size(); ++i) {
      const auto y = static_cast<float>(before[i]);
      product += static_cast<float>(newest[i]) * y;
      energy += y * y;
    }
    const float correlation = product / std::sqrt(newest_energy * energy);
    if (correlation > best.correlation) best = {period, correlation};
  }
  return best;
}

}  // namespace

Pitch FindPitch(std::span<const int16_t> past, int sample_rate_hz) {
  const int step = sample_rate_hz / kCoarseRateHz;
  const auto searched =
      past.last(static_cast<size_t>(step * kCoarsePerMs * kPitchSearchMs));
  // Sums of neighbours are low-pass enough to find the period's place.
  std::array<float, kCoarsePerMs* kPitchSearchMs> coarse = {};
  for (size_t i = 0; i < searched.size(); ++i) {
    coarse[i / static_cast<size_t>(step)] += searched[i];
  }
  const Pitch rough =
      FindBest(std::span<const float>(coarse), kCoarsePerMs * kComparedMs,
               kMinCoarseSamples, kCoarsePerMs * kMaxPitchMs);
  const int shortest = step * kMinCoarseSamples;
  const int longest = step * kCoarsePerMs * kMaxPitchMs;
  const int middle = rough.period_samples * step;
  return FindBest(searched, step * kCoarsePerMs * kComparedMs,
                  std::max(middle - step + 1, shortest),
                  std::min(middle + step - 1, longest));
}

}  // namespace earshot
