#include "dsp/lag_search.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace earshot {
namespace {

constexpr size_t kLanes = 4;

// Adds the products of a block with the same number of samples at `other`,
// other + 1 and so on to what was `before`. Offset by offset with the block in
// registers: compilers make vectors of that.
void AddProducts(const float* block, const float* other, const float* before,
                 std::span<float> sums) {
  static_assert(kLagBlock == 8);
  const float b0 = block[0];
  const float b1 = block[1];
  const float b2 = block[2];
  const float b3 = block[3];
  const float b4 = block[4];
  const float b5 = block[5];
  const float b6 = block[6];
  const float b7 = block[7];
  float* out = sums.data();
  const int count = static_cast<int>(sums.size());
  for (int k = 0; k < count; ++k) {
    const float* x = other + k;
    out[k] = before[k] + ((b0 * x[0] + b1 * x[1]) + (b2 * x[2] + b3 * x[3])) +
             ((b4 * x[4] + b5 * x[5]) + (b6 * x[6] + b7 * x[7]));
  }
}

float Largest(std::span<const float> values) {
  std::array<float, kLanes> lanes = {};
  const size_t whole = values.size() - values.size() % kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float value = values[i + lane];
      lanes[lane] = lanes[lane] < value ? value : lanes[lane];
    }
  }
  for (size_t i = whole; i < values.size(); ++i) {
    lanes[0] = std::max(lanes[0], values[i]);
  }
  return *std::max_element(lanes.begin(), lanes.end());
}

}  // namespace

LagPair LagSearch::Find(std::span<const float> signal, int first,
                        int first_offset, int last_offset, float bonus) {
  const int length = static_cast<int>(signal.size());
  float energy = 0;
  energy_before_[0] = 0;
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
    return products_.data() + static_cast<size_t>(i) * kMaxLag;
  };
  std::fill_n(row(0), reach(0), 0.0f);
  for (int i = 0; i < blocks; ++i) {
    const float* block = signal.data() + first + i * kLagBlock;
    AddProducts(block, block + first_offset, row(i),
                std::span(row(i + 1), reach(i)));
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
      const int at = first + start * kLagBlock;
      const int offset = first_offset + static_cast<int>(begin);
      const auto scores = std::span(scores_).first(end - begin);
      Score({at, offset, pair_blocks * kLagBlock}, bonus, row(start) + begin,
            row(start + pair_blocks) + begin, scores);
      const float score = Largest(scores);
      if (score <= best_score) continue;
      best_score = score;
      const auto place = std::find(scores.begin(), scores.end(), score);
      best = {at, offset + static_cast<int>(place - scores.begin()),
              pair_blocks * kLagBlock};
    }
  }
  return best;
}

// Likeness (see Similarity::ratio) and bonus of a pair and of those with the
// offsets behind its own.
void LagSearch::Score(const LagPair& pair, float bonus, const float* before,
                      const float* behind, std::span<float> scores) const {
  constexpr float kNotZero = 1;
  const float energy = Energy(pair.at, pair.at + pair.length) + kNotZero;
  const float* begin = energy_before_.data() + pair.at + pair.offset;
  const float* end = begin + pair.length;
  float* out = scores.data();
  const int count = static_cast<int>(scores.size());
  for (int k = 0; k < count; ++k) {
    out[k] = 2 * (behind[k] - before[k]) / (energy + (end[k] - begin[k])) +
             bonus * static_cast<float>(pair.offset + k);
  }
}

}  // namespace earshot
