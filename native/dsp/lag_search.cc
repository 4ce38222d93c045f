#include "dsp/lag_search.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace earshot {
namespace {

// Pairs start at most 6 ms behind the first sample.
constexpr int kMaxBlocksCompared = kMaxPairBlocks + 3;

// Products of a block with the same number of samples at `other`, other + 1
// and so on. Four offsets at a time, so that the compiler uses vectors.
constexpr size_t kLanes = 4;

void CorrelateLanes(const float* block, const float* other, float* products) {
  std::array<float, kLanes> sums = {};
  for (size_t i = 0; i < kLagBlock; ++i) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += block[i] * other[i + lane];
    }
  }
  for (size_t lane = 0; lane < kLanes; ++lane) products[lane] = sums[lane];
}

void Correlate(const float* block, const float* other,
               std::span<float> products) {
  const size_t count = products.size();
  if (count < kLanes) {
    for (size_t k = 0; k < count; ++k) {
      products[k] = 0;
      for (size_t i = 0; i < kLagBlock; ++i) {
        products[k] += block[i] * other[k + i];
      }
    }
    return;
  }
  for (size_t k = 0; k + kLanes < count; k += kLanes) {
    CorrelateLanes(block, other + k, products.data() + k);
  }
  // The last four may have been done in part.
  CorrelateLanes(block, other + (count - kLanes),
                 products.data() + (count - kLanes));
}

}  // namespace

LagSearch::LagSearch(int max_samples, int max_lag)
    : max_lags_(static_cast<size_t>(max_lag)),
      energy_before_(static_cast<size_t>(max_samples) + 1),
      products_(kMaxBlocksCompared * max_lags_),
      cross_(max_lags_),
      scores_(max_lags_) {}

LagPair LagSearch::Find(std::span<const float> signal, int first,
                        int first_offset, int last_offset, float bonus) {
  const int length = static_cast<int>(signal.size());
  float energy = 0;
  for (size_t i = 0; i < signal.size(); ++i) {
    energy += signal[i] * signal[i];
    energy_before_[i + 1] = energy;
  }

  const int blocks = std::min((length - first) / kLagBlock, kMaxBlocksCompared);
  // How many of the offsets reach a whole counterpart of block i: the first of
  // them do.
  const auto reach = [&](int i) {
    const int last =
        std::min(last_offset, length - first - (i + 1) * kLagBlock);
    const bool backward = first_offset < 0;
    return static_cast<size_t>(
        std::max((backward ? last_offset : last) - first_offset + 1, 0));
  };
  const auto row = [&](int i) {
    return std::span(products_).subspan(static_cast<size_t>(i) * max_lags_,
                                        reach(i));
  };
  for (int i = 0; i < blocks; ++i) {
    const float* block = signal.data() + first + i * kLagBlock;
    Correlate(block, block + first_offset, row(i));
  }

  LagPair best;
  float best_score = 0;
  const int longest = std::min(blocks, kMaxPairBlocks);
  for (int pair_blocks = longest; pair_blocks >= kMinPairBlocks;
       --pair_blocks) {
    // Shorter pairs are for the offsets that have no room for longer ones.
    const bool is_longest = pair_blocks == longest;
    const size_t begin = is_longest ? 0 : reach(pair_blocks);
    const int last_start = is_longest ? blocks - longest : 0;
    for (int start = 0; start <= last_start; ++start) {
      const size_t end = reach(start + pair_blocks - 1);
      if (begin >= end) break;
      const auto cross = std::span(cross_).subspan(begin, end - begin);
      const auto scores = std::span(scores_).subspan(begin, end - begin);
      const auto first_products = row(start).subspan(begin, end - begin);
      std::copy(first_products.begin(), first_products.end(), cross.begin());
      for (int i = start + 1; i < start + pair_blocks; ++i) {
        const auto products = row(i).subspan(begin, end - begin);
        for (size_t k = 0; k < cross.size(); ++k) cross[k] += products[k];
      }
      const int at = first + start * kLagBlock;
      const int offset = first_offset + static_cast<int>(begin);
      Score(at, offset, pair_blocks * kLagBlock, bonus, cross, scores);
      for (size_t k = 0; k < scores.size(); ++k) {
        if (scores[k] > best_score) {
          best_score = scores[k];
          best = {at, offset + static_cast<int>(k), pair_blocks * kLagBlock};
        }
      }
    }
  }
  return best;
}

// Likeness (see Similarity::ratio) and bonus of the pairs at `offset` and on.
void LagSearch::Score(int at, int offset, int length, float bonus,
                      std::span<const float> cross,
                      std::span<float> scores) const {
  constexpr float kNotZero = 1;
  const float energy = Energy(at, at + length) + kNotZero;
  const float* begin = energy_before_.data() + at + offset;
  const float* end = begin + length;
  const float signed_bonus = offset < 0 ? -bonus : bonus;
  const float* products = cross.data();
  float* out = scores.data();
  const int count = static_cast<int>(scores.size());
  for (int k = 0; k < count; ++k) {
    out[k] = 2 * products[k] / (energy + (end[k] - begin[k])) +
             signed_bonus * static_cast<float>(offset + k);
  }
}

}  // namespace earshot
