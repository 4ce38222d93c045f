#include "dsp/cross_fade.h"

#include <algorithm>
#include <cmath>

namespace earshot {
namespace {

int16_t ToSample(float value) {
  const float rounded = value + (value < 0 ? -0.5f : 0.5f);
  return static_cast<int16_t>(std::clamp(rounded, -32768.0f, 32767.0f));
}

// 1 / sqrt(1 - x) for x of 0..0.5, within 0.02 dB; the square root itself would
// keep the compiler from using vectors.
float InverseRoot(float x) {
  return 1 + x * (0.5173f + x * (0.1827f + x * 0.8661f));
}

template <int kChannels>
void Fade(std::span<const int16_t> from, std::span<const int16_t> to,
          float correlation, std::span<int16_t> out) {
  const int length = static_cast<int>(out.size()) / kChannels;
  const float step = 1.0f / static_cast<float>(length + 1);
  const float lost = 2 * (1 - correlation);
  const int16_t* old_samples = from.data();
  const int16_t* new_samples = to.data();
  int16_t* samples = out.data();
  for (int i = 0; i < length; ++i) {
    const float in = step * static_cast<float>(i + 1);
    const float gone = 1 - in;
    // Gains a and b keep the energy when a^2 + b^2 + 2*correlation*a*b = 1.
    const float scale = InverseRoot(lost * in * gone);
    const float in_gain = scale * in;
    const float out_gain = scale * gone;
    for (int c = 0; c < kChannels; ++c) {
      const int k = i * kChannels + c;
      samples[k] = ToSample(out_gain * static_cast<float>(old_samples[k]) +
                            in_gain * static_cast<float>(new_samples[k]));
    }
  }
}

}  // namespace

void CrossFade(std::span<const int16_t> from, std::span<const int16_t> to,
               int channels, float correlation, std::span<int16_t> out) {
  if (channels == 1) {
    Fade<1>(from, to, correlation, out);
  } else {
    Fade<2>(from, to, correlation, out);
  }
}

void RampToUnity(std::span<int16_t> pcm, int channels, float first_gain) {
  const auto width = static_cast<size_t>(channels);
  const size_t length = pcm.size() / width;
  if (length == 0) return;
  const float step = (1 - first_gain) / static_cast<float>(length);
  for (size_t i = 0; i < length; ++i) {
    const float gain = first_gain + step * static_cast<float>(i);
    for (size_t c = 0; c < width; ++c) {
      int16_t& sample = pcm[i * width + c];
      sample = ToSample(gain * static_cast<float>(sample));
    }
  }
}

}  // namespace earshot
