#ifndef EARSHOT_DSP_MERGE_H_
#define EARSHOT_DSP_MERGE_H_

#include <cstdint>
#include <span>

#include "dsp/similarity.h"

namespace earshot {

// How made-up audio goes over into real audio. Samples are counted per channel.
struct Merge {
  int kept_samples = 0;     // Of the made-up audio, before the cross-fade.
  int skipped_samples = 0;  // Of the start of the real audio, left out.
  int overlap_samples = 0;
  float correlation = 0;  // Of the two sides, 0..1.
  float first_gain = 1;   // Of the real audio; it rises to 1.
  int ramp_samples = 0;   // How long that takes.

  // By how much the real audio comes sooner than without a shift; negative:
  // later.
  int skip_samples() const { return skipped_samples - kept_samples; }
};

// By how much real audio may be shifted to fit. Samples per channel.
struct ShiftLimits {
  int sooner_samples = 0;
  int later_samples = 0;
};

// Joins concealment that is going on with the audio that ends it, where the
// waves fit best and at the level that the concealment had faded to.
class Merger {
 public:
  // 8, 12, 16, 24 or 48 kHz; 1 or 2 channels.
  Merger(int sample_rate_hz, int channels)
      : channels_(channels), factor_(sample_rate_hz / kCoarseRateHz) {}

  // `continuation` is what would be played if `fresh` were not here; both start
  // at the same position, interleaved. Of the first, 5 ms and the largest shift
  // are worth giving, at most 20 ms are used. Without a shift the positions
  // stay exact.
  Merge Find(std::span<const int16_t> continuation,
             std::span<const int16_t> fresh, const ShiftLimits& limits) const;

  // Writes all of the merged audio to `out`, which must hold what is kept and
  // what is not skipped. Returns samples per channel.
  int Apply(const Merge& merge, std::span<const int16_t> continuation,
            std::span<const int16_t> fresh, std::span<int16_t> out) const;

 private:
  // The shift, positive to skip; in samples of the signals given.
  static int FindShift(std::span<const float> made, std::span<const float> real,
                       int first, int last, int overlap, float penalty);

  const int channels_;
  const int factor_;  // Of the audio's rate over kCoarseRateHz.
};

}  // namespace earshot

#endif  // EARSHOT_DSP_MERGE_H_
