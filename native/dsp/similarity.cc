#include "dsp/similarity.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace earshot {
namespace {

// Independent partial sums let the compiler use vectors; in this order the
// result is the same on every machine.
constexpr size_t kLanes = 8;
using Lanes = std::array<float, kLanes>;

float Sum(const Lanes& lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

template <int kFactor>
void DecimateBy(std::span<const float> mono, std::span<float> coarse) {
  const float* in = mono.data();
  for (float& out : coarse) {
    float sum = 0;
    for (int i = 0; i < kFactor; ++i) sum += in[i];
    out = sum * (1.0f / kFactor);
    in += kFactor;
  }
}

}  // namespace

float Similarity::ratio() const {
  const float energy = first_energy + second_energy;
  return energy > 0 ? 2 * cross / energy : 0;
}

float Similarity::correlation() const {
  const float energy = std::sqrt(first_energy * second_energy);
  return energy > 0 ? std::clamp(cross / energy, 0.0f, 1.0f) : 0;
}

float Dot(std::span<const float> first, std::span<const float> second) {
  Lanes lanes = {};
  const size_t whole = first.size() - first.size() % kLanes;
  const float* x = first.data();
  const float* y = second.data();
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) lanes[k] += x[i + k] * y[i + k];
  }
  for (size_t i = whole; i < first.size(); ++i) lanes[0] += x[i] * y[i];
  return Sum(lanes);
}

Similarity Compare(std::span<const float> first,
                   std::span<const float> second) {
  return {Dot(first, second), Dot(first, first), Dot(second, second)};
}

float Energy(std::span<const int16_t> pcm) {
  Lanes lanes = {};
  const size_t whole = pcm.size() - pcm.size() % kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      const auto sample = static_cast<float>(pcm[i + k]);
      lanes[k] += sample * sample;
    }
  }
  for (size_t i = whole; i < pcm.size(); ++i) {
    const auto sample = static_cast<float>(pcm[i]);
    lanes[0] += sample * sample;
  }
  return Sum(lanes);
}

float AgreeingSign(std::span<const int16_t> pcm, int channels) {
  if (channels == 1) return 1;
  float cross = 0;
  constexpr size_t kStride = 8;  // Every fourth pair will do.
  for (size_t i = 0; i + 1 < pcm.size(); i += kStride) {
    cross += static_cast<float>(pcm[i]) * static_cast<float>(pcm[i + 1]);
  }
  return cross < 0 ? -1.0f : 1.0f;
}

void MixDown(std::span<const int16_t> pcm, int channels, float second_sign,
             std::span<float> mono) {
  if (channels == 1) {
    std::copy_n(pcm.begin(), mono.size(), mono.begin());
    return;
  }
  for (size_t i = 0; i < mono.size(); ++i) {
    mono[i] = 0.5f * (static_cast<float>(pcm[2 * i]) +
                      second_sign * static_cast<float>(pcm[2 * i + 1]));
  }
}

void Decimate(std::span<const float> mono, int factor,
              std::span<float> coarse) {
  switch (factor) {  // The rates of Opus over kCoarseRateHz.
    case 2:
      return DecimateBy<2>(mono, coarse);
    case 3:
      return DecimateBy<3>(mono, coarse);
    case 4:
      return DecimateBy<4>(mono, coarse);
    case 6:
      return DecimateBy<6>(mono, coarse);
    default:
      return DecimateBy<12>(mono, coarse);
  }
}

}  // namespace earshot
