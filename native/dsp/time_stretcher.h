#ifndef EARSHOT_DSP_TIME_STRETCHER_H_
#define EARSHOT_DSP_TIME_STRETCHER_H_

#include <cstdint>
#include <span>
#include <vector>

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

// Makes audio shorter or longer by cutting or repeating a piece of it, where
// both sides of the join are alike: whole periods of voiced speech, anything of
// a pause, and noise that is steady. Never across an onset.
class TimeStretcher {
 public:
  // 8, 12, 16, 24 or 48 kHz; 1 or 2 channels.
  TimeStretcher(int sample_rate_hz, int channels);

  // Finds what to cut. About 30 ms behind the fixed samples are worth giving,
  // in pauses up to 80 ms are used.
  Join FindCut(const StretchRequest& request);

  // Finds what to repeat. The last 20 ms of the fixed samples are used; 10 to
  // 20 ms behind them are worth giving.
  Join FindRepeat(const StretchRequest& request);

  // Makes the join in `buffer`, of which the first `length_samples` are the
  // audio it was found in. A buffer must have room for what is repeated.
  // Returns the new length.
  int Apply(const Join& join, std::span<int16_t> buffer, int length_samples);

  // The least that can be cut or repeated outside pauses: a period of 400 Hz.
  int min_lag_samples() const { return min_lag_samples_; }
  // The most: a period of 50 Hz, or several of a higher voice.
  int max_lag_samples() const { return max_lag_samples_; }

 private:
  enum class Direction { kCut, kRepeat };
  // A stretch of audio and the one `lag` further on, in samples at the rate of
  // the audio. Lag 0: none.
  struct Pair {
    int start = 0;
    int lag = 0;
    int overlap = 0;
    Similarity similarity;
  };

  Join Find(Direction direction, const StretchRequest& request);
  Pair FindQuietPair(Direction direction, const StretchRequest& request);
  Pair FindAlikePair(Direction direction, const StretchRequest& request);
  void Refine(Direction direction, int min_lag, int max_lag, Pair& pair) const;
  void RefineInSteps(Direction direction, int min_lag, int max_lag, int step,
                     Pair& pair) const;
  bool HidesAnOnset(const Pair& pair) const;
  bool IsSteadyNoise(const Pair& pair) const;
  std::span<const float> BlocksOf(int first_sample, int end_sample) const;
  std::span<const float> Mono(int first_sample, int samples) const;

  const int channels_;
  const int factor_;  // Of the audio's rate over the coarse one.
  const int block_samples_;
  const int min_lag_samples_;
  const int max_lag_samples_;

  // What is looked at in one call.
  std::span<const int16_t> audio_;
  int length_ = 0;                   // Samples of it; a whole number of blocks.
  int fixed_ = 0;                    // Of these, what stays as it is.
  std::vector<float> block_energy_;  // Per sample and channel.
  std::vector<float> mono_;
  std::vector<float> coarse_;
  LagSearch search_;
  std::vector<int16_t> faded_;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_TIME_STRETCHER_H_
