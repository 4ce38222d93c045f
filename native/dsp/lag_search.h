#ifndef EARSHOT_DSP_LAG_SEARCH_H_
#define EARSHOT_DSP_LAG_SEARCH_H_

#include <array>
#include <cstddef>
#include <span>

namespace earshot {

// The signal is looked at in blocks of 2 ms at kCoarseRateHz.
constexpr int kLagBlock = 8;
// The two sides of a pair are 4 to 10 ms long: 10 where there is room.
constexpr int kMinPairBlocks = 2;
constexpr int kMaxPairBlocks = 5;

// Two stretches of a signal: one at `at`, the other `offset` further on.
struct LagPair {
  int at = 0;
  int offset = 0;  // 0: none was found.
  int length = 0;
};

// Finds the two most alike stretches of a signal that lie a lag apart.
class LagSearch {
 public:
  // Limits of what it can be asked for: 80 ms, and 20 ms apart.
  static constexpr int kMaxSamples = 320;
  static constexpr int kMaxLag = 80;

  // Compares the blocks from `first` on with what lies first_offset to
  // last_offset away: both above 0, or both below. `bonus` is what a sample of
  // offset is worth in likeness.
  LagPair Find(std::span<const float> signal, int first, int first_offset,
               int last_offset, float bonus);

  // Energy of a part of the signal of the last Find.
  float Energy(int begin, int end) const {
    return energy_before_[static_cast<size_t>(end)] -
           energy_before_[static_cast<size_t>(begin)];
  }

 private:
  void Score(const LagPair& pair, float bonus, const float* before,
             const float* behind, std::span<float> scores) const;

  // Pairs start at most 6 ms behind the first sample.
  static constexpr int kMaxBlocksCompared = kMaxPairBlocks + 3;

  std::array<float, kMaxSamples + 1> energy_before_;
  // A row of offsets for every block: products of all blocks before it.
  std::array<float, (kMaxBlocksCompared + 1) * kMaxLag> products_;
  std::array<float, kMaxLag> scores_;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_LAG_SEARCH_H_
