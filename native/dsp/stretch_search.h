#ifndef EARSHOT_DSP_STRETCH_SEARCH_H_
#define EARSHOT_DSP_STRETCH_SEARCH_H_

#include <array>
#include <cstdint>
#include <span>

#include "dsp/lag_search.h"
#include "dsp/similarity.h"

namespace earshot {

// How much likeness the two sides of a join must have.
enum class Haste {
  kInPauses,  // Only audio near the noise floor is changed.
  kGentle,    // For corrections that nobody should notice.
  kHurry,     // After a stall: rather a rough join than late audio.
};

// Samples are counted per channel.
struct StretchRequest {
  // Interleaved: what cannot be changed any more (played already, or part of
  // an earlier join), then what is to be played.
  std::span<const int16_t> audio;
  int fixed_samples = 0;
  // Limits of what is cut or repeated.
  int min_samples = 0;
  int max_samples = 0;
  float noise_floor_db = -78.0f;
  Haste haste = Haste::kGentle;
};

// A change of the audio it was found in: up to `at_samples` it stays, then it
// fades over `overlap_samples` into the same audio `skip_samples` further on,
// which goes on from there. Where sample i came from, i < at_samples, is thus i
// before, and i + skip_samples behind the overlap.
struct Join {
  int at_samples = 0;
  int overlap_samples = 0;
  int skip_samples = 0;   // Negative: repeated; 0: there is no join to make.
  float correlation = 0;  // Of the two sides, 0..1.
};

// Looks for a join in a piece of audio. Made for one search: what it takes
// notes on is large, and nothing of it is needed afterwards.
class StretchSearch {
 public:
  enum class Direction { kCut, kRepeat };

  // The least that is cut or repeated outside pauses: a period of 400 Hz.
  static int MinLagSamples(int sample_rate_hz);
  // The most: a period of 50 Hz, or several of a higher voice.
  static int MaxLagSamples(int sample_rate_hz);

  // 8, 12, 16, 24 or 48 kHz; 1 or 2 channels.
  StretchSearch(int sample_rate_hz, int channels);

  // To be called once. See TimeStretcher.
  Join Find(Direction direction, const StretchRequest& request);

 private:
  // A stretch of audio and the one `lag` further on, in samples at the rate of
  // the audio. Lag 0: none.
  struct Pair {
    int start = 0;
    int lag = 0;
    int overlap = 0;
    Similarity similarity;
  };

  Pair FindQuietPair(Direction direction, const StretchRequest& request);
  Pair FindAlikePair(Direction direction, const StretchRequest& request);
  void Refine(Direction direction, int min_lag, int max_lag, Pair& pair) const;
  void RefineInSteps(Direction direction, int min_lag, int max_lag, int step,
                     Pair& pair) const;
  bool HidesAnOnset(const Pair& pair) const;
  bool IsSteadyNoise(const Pair& pair) const;
  std::span<const float> BlocksOf(int first_sample, int end_sample) const;
  std::span<const float> Mono(int first_sample, int samples) const;

  static constexpr int kMaxBlocks = LagSearch::kMaxSamples / kLagBlock;
  static constexpr int kMaxFactor = 48'000 / kCoarseRateHz;

  const int channels_;
  const int factor_;  // Of the audio's rate over the coarse one.
  const int block_samples_;

  std::span<const int16_t> audio_;
  int length_ = 0;  // Samples of it; a whole number of blocks.
  int fixed_ = 0;   // Of these, what stays as it is.
  std::array<float, kMaxBlocks> block_energy_;  // Per sample and channel.
  std::array<float, kMaxFactor * LagSearch::kMaxSamples> mono_;
  std::array<float, LagSearch::kMaxSamples> coarse_;
  LagSearch search_;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_STRETCH_SEARCH_H_
