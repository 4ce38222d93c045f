#include "dsp/stretch_search.h"

#include <algorithm>
#include <cmath>

namespace earshot {
namespace {

constexpr int kMinLagCoarse = 10;
constexpr int kMaxLagCoarse = LagSearch::kMaxLag;
// Of these, for a repetition: 20 ms of the past, and what a search looks at.
constexpr int kMaxPastBlocks = 10;
constexpr int kMaxRepeatBlocks = kMaxPastBlocks + 10;
constexpr int kQuietOverlapBlocks = 3;

constexpr float kQuietMarginDb = 8.0f;  // Above the noise floor.
constexpr float kGentleSimilarity = 0.85f;
constexpr float kHurrySimilarity = 0.6f;
// Noise is never alike; that it is steady is enough.
constexpr float kNoiseSimilarity = 0.2f;
// What the longest lag of a cut is worth: fewer joins.
constexpr float kGentleLagBonus = 0.05f;
constexpr float kHurryLagBonus = 0.15f;
// Energy that may appear or vanish at a join: 6 dB.
constexpr float kOnsetEnergyRatio = 4.0f;
// Share of the energy below 2 kHz under which a sound is taken for noise.
constexpr float kNoiseLowBandShare = 0.5f;

float EnergyOf(float level_db) {
  constexpr float kFullScale = 32768.0f * 32768.0f;
  return kFullScale * std::pow(10.0f, level_db / 10.0f);
}

int RoundUp(int value, int unit) { return (value + unit - 1) / unit; }

}  // namespace

int StretchSearch::MinLagSamples(int sample_rate_hz) {
  return kMinLagCoarse * (sample_rate_hz / kCoarseRateHz);
}

int StretchSearch::MaxLagSamples(int sample_rate_hz) {
  return kMaxLagCoarse * (sample_rate_hz / kCoarseRateHz);
}

StretchSearch::StretchSearch(int sample_rate_hz, int channels)
    : channels_(channels),
      factor_(sample_rate_hz / kCoarseRateHz),
      block_samples_(kLagBlock * factor_) {}

Join StretchSearch::Find(Direction direction, const StretchRequest& request) {
  const auto width = static_cast<size_t>(channels_);
  const bool cut = direction == Direction::kCut;
  const int length = static_cast<int>(request.audio.size() / width);
  const int fixed = std::min(request.fixed_samples, length);
  fixed_ = cut ? 0 : std::min(fixed, kMaxPastBlocks * block_samples_);
  const int first = fixed - fixed_;
  const int given = length - first;
  const int blocks =
      std::min(given / block_samples_, cut ? kMaxBlocks : kMaxRepeatBlocks);
  length_ = blocks * block_samples_;
  audio_ = request.audio.subspan(static_cast<size_t>(first) * width,
                                 static_cast<size_t>(length_) * width);
  const size_t block = static_cast<size_t>(block_samples_) * width;
  for (size_t i = 0; i < static_cast<size_t>(blocks); ++i) {
    block_energy_[i] =
        Energy(audio_.subspan(i * block, block)) / static_cast<float>(block);
  }

  Pair pair = FindQuietPair(direction, request);
  if (pair.lag == 0 && request.haste != Haste::kInPauses) {
    pair = FindAlikePair(direction, request);
  }
  if (pair.lag == 0) return {};
  Join join;
  join.at_samples = first + pair.start + (cut ? 0 : pair.lag);
  join.overlap_samples = pair.overlap;
  join.skip_samples = cut ? pair.lag : -pair.lag;
  join.correlation = pair.similarity.correlation();
  return join;
}

// In the longest run of quiet blocks anything can be cut or repeated.
StretchSearch::Pair StretchSearch::FindQuietPair(
    Direction direction, const StretchRequest& request) {
  const float quiet = EnergyOf(request.noise_floor_db + kQuietMarginDb);
  const int blocks = length_ / block_samples_;
  const int overlap = kQuietOverlapBlocks * block_samples_;
  Pair best;
  for (int begin = 0, end = 0; begin < blocks; begin = end + 1) {
    end = begin;
    while (end < blocks && block_energy_[static_cast<size_t>(end)] <= quiet) {
      ++end;
    }
    // The end of the longest possible pair is the end of the run.
    if (end * block_samples_ - overlap < fixed_) continue;
    Pair pair;
    pair.start = begin * block_samples_;
    pair.lag = std::min(request.max_samples,
                        end * block_samples_ - overlap - pair.start);
    pair.overlap = overlap;
    if (direction == Direction::kRepeat) {
      pair.start = std::max(pair.start, fixed_ - pair.lag);
    }
    if (pair.lag > best.lag) best = pair;
  }
  if (best.lag < std::max(request.min_samples, 1)) return {};

  const auto width = static_cast<size_t>(channels_);
  const auto count = static_cast<size_t>(overlap);
  const std::span<float> left(mono_.data(), count);
  const std::span<float> right(mono_.data() + count, count);
  const auto start = static_cast<size_t>(best.start);
  const auto lag = static_cast<size_t>(best.lag);
  MixDown(audio_.subspan(start * width, count * width), channels_, 1, left);
  MixDown(audio_.subspan((start + lag) * width, count * width), channels_, 1,
          right);
  best.similarity = Compare(left, right);
  return best;
}

StretchSearch::Pair StretchSearch::FindAlikePair(
    Direction direction, const StretchRequest& request) {
  const int min_lag = std::max(request.min_samples, kMinLagCoarse * factor_);
  const int max_lag = std::min(request.max_samples, kMaxLagCoarse * factor_);
  if (min_lag > max_lag) return {};
  const bool hurry = request.haste == Haste::kHurry;
  const bool cut = direction == Direction::kCut;

  const auto length = static_cast<size_t>(length_);
  const auto coarse_length = static_cast<size_t>(length_ / factor_);
  const std::span<float> mono(mono_.data(), length);
  const std::span<float> coarse(coarse_.data(), coarse_length);
  MixDown(audio_, channels_, AgreeingSign(audio_, channels_), mono);
  Decimate(mono, factor_, coarse);
  const int first = RoundUp(fixed_, factor_);
  const int low = RoundUp(min_lag, factor_);
  const int high = std::min(max_lag / factor_,
                            cut ? static_cast<int>(coarse_length) : first);
  if (low > high) return {};
  const float bonus =
      cut ? (hurry ? kHurryLagBonus : kGentleLagBonus) / kMaxLagCoarse : 0;
  const LagPair found =
      search_.Find(coarse, first, cut ? low : -high, cut ? high : -low, bonus);
  if (found.offset == 0) return {};
  Pair pair;
  pair.start = (found.at + std::min(found.offset, 0)) * factor_;
  pair.lag = std::abs(found.offset) * factor_;
  pair.overlap = found.length * factor_;
  Refine(direction, min_lag, max_lag, pair);
  const float similarity = pair.similarity.ratio();
  const bool alike =
      similarity >= (hurry ? kHurrySimilarity : kGentleSimilarity);
  if (!alike && !(similarity >= kNoiseSimilarity && IsSteadyNoise(pair))) {
    return {};
  }
  return HidesAnOnset(pair) ? Pair() : pair;
}

// Finds the lag at the full rate. What is kept in its place is the start of a
// cut, and the end of what is repeated: it must not move into fixed samples.
void StretchSearch::Refine(Direction direction, int min_lag, int max_lag,
                           Pair& pair) const {
  // In steps of 12 kHz first, where there are such.
  const int step = std::max(1, factor_ / 3);
  RefineInSteps(direction, std::max(min_lag, pair.lag - factor_ / 2),
                std::min(max_lag, pair.lag + factor_ / 2), step, pair);
  if (step == 1) return;
  RefineInSteps(direction, std::max(min_lag, pair.lag - step + 1),
                std::min(max_lag, pair.lag + step - 1), 1, pair);
}

void StretchSearch::RefineInSteps(Direction direction, int min_lag, int max_lag,
                                  int step, Pair& pair) const {
  const bool cut = direction == Direction::kCut;
  const int anchor = cut ? pair.start : pair.start + pair.lag;
  const int room = cut ? length_ - anchor - pair.overlap : anchor;
  const auto kept = Mono(anchor, pair.overlap);
  Similarity similarity;
  similarity.first_energy = Dot(kept, kept);
  float best_ratio = -1;
  int last = 0;  // Where the other side was before.
  for (int lag = min_lag; lag <= std::min(max_lag, room); lag += step) {
    const int start = cut ? anchor + lag : anchor - lag;
    const auto other = Mono(start, pair.overlap);
    if (lag == min_lag) {
      similarity.second_energy = Dot(other, other);
    } else {
      const auto left = Mono(std::min(start, last), step);
      const auto right = Mono(std::min(start, last) + pair.overlap, step);
      const float grown = Dot(right, right) - Dot(left, left);
      similarity.second_energy += start > last ? grown : -grown;
    }
    last = start;
    similarity.cross = Dot(kept, other);
    if (similarity.ratio() <= best_ratio) continue;
    best_ratio = similarity.ratio();
    pair.start = std::min(start, anchor);
    pair.lag = lag;
    pair.similarity = similarity;
  }
}

// Whether a join would swallow or double something that is louder than its two
// sides, or whether one side is much louder than the other.
bool StretchSearch::HidesAnOnset(const Pair& pair) const {
  const Similarity& sides = pair.similarity;
  if (sides.second_energy > kOnsetEnergyRatio * sides.first_energy ||
      sides.first_energy > kOnsetEnergyRatio * sides.second_energy) {
    return true;
  }
  const int first_end = pair.start + pair.overlap;
  const int second = pair.start + pair.lag;
  const auto between = BlocksOf(first_end, second);
  if (between.empty()) return false;
  const auto before = BlocksOf(pair.start, first_end);
  const auto behind = BlocksOf(second, second + pair.overlap);
  const float loudest =
      std::max(*std::max_element(before.begin(), before.end()),
               *std::max_element(behind.begin(), behind.end()));
  return *std::max_element(between.begin(), between.end()) >
         kOnsetEnergyRatio * loudest;
}

bool StretchSearch::IsSteadyNoise(const Pair& pair) const {
  const int end = pair.start + pair.lag + pair.overlap;
  const auto blocks = BlocksOf(pair.start, end);
  const auto [least, most] = std::minmax_element(blocks.begin(), blocks.end());
  if (*most > kOnsetEnergyRatio * *least) return false;

  const auto samples = Mono(pair.start, end - pair.start);
  const float low_band =
      search_.Energy(RoundUp(pair.start, factor_), end / factor_);
  return low_band * static_cast<float>(factor_) <
         kNoiseLowBandShare * Dot(samples, samples);
}

// The energies of the blocks that [first, end) touches.
std::span<const float> StretchSearch::BlocksOf(int first_sample,
                                               int end_sample) const {
  if (end_sample <= first_sample) return {};
  const int first = first_sample / block_samples_;
  const int end = RoundUp(end_sample, block_samples_);
  return std::span(block_energy_)
      .subspan(static_cast<size_t>(first), static_cast<size_t>(end - first));
}

std::span<const float> StretchSearch::Mono(int first_sample,
                                           int samples) const {
  return std::span(mono_).subspan(static_cast<size_t>(first_sample),
                                  static_cast<size_t>(samples));
}

}  // namespace earshot
