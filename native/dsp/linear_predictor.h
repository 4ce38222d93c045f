#ifndef EARSHOT_DSP_LINEAR_PREDICTOR_H_
#define EARSHOT_DSP_LINEAR_PREDICTOR_H_

#include <cstdint>
#include <span>

namespace earshot {

// The longest stretch of audio and the highest order that a fit can take.
constexpr int kMaxFitSamples = 1200;  // 25 ms at 48 kHz.
constexpr int kMaxPredictorOrder = 32;

// Fits coefficients a such that past[n] + a[0] past[n-1] + a[1] past[n-2] + ...
// is small; the newest samples, at the end, count most. The filter that makes
// sound from that remainder again is stable for every input.
void FitPredictor(std::span<const int16_t> past, std::span<float> coefficients);

}  // namespace earshot

#endif  // EARSHOT_DSP_LINEAR_PREDICTOR_H_
