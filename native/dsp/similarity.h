#ifndef EARSHOT_DSP_SIMILARITY_H_
#define EARSHOT_DSP_SIMILARITY_H_

#include <cstdint>
#include <span>

namespace earshot {

// Pitch is looked for at this rate first: lags up to 20 ms are 80 samples.
constexpr int kCoarseRateHz = 4000;

// How alike two stretches of audio of the same length are.
struct Similarity {
  float cross = 0;  // Sum of the products.
  float first_energy = 0;
  float second_energy = 0;

  // 1 - |x-y|^2 / (|x|^2 + |y|^2): 1 for equal audio, less for audio of another
  // shape or another level, 0 for digital silence.
  float ratio() const;

  // The correlation coefficient, but not below 0.
  float correlation() const;
};

float Dot(std::span<const float> first, std::span<const float> second);
Similarity Compare(std::span<const float> first, std::span<const float> second);

// Sum of the squares of all samples, in steps of 16-bit audio.
float Energy(std::span<const int16_t> pcm);

// The sign the second channel must have for the sum of both not to cancel; 1
// for mono.
float AgreeingSign(std::span<const int16_t> pcm, int channels);

// The mean of the channels, the second one times `second_sign`.
void MixDown(std::span<const int16_t> pcm, int channels, float second_sign,
             std::span<float> mono);

// Means of `factor` samples each; fills all of `coarse`.
void Decimate(std::span<const float> mono, int factor, std::span<float> coarse);

}  // namespace earshot

#endif  // EARSHOT_DSP_SIMILARITY_H_
