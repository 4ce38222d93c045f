#include "test_signals.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace earshot {

std::vector<int16_t> Voice(double pitch_hz, int sample_rate_hz, int samples) {
  std::vector<int16_t> pcm(static_cast<size_t>(samples));
  for (int n = 0; n < samples; ++n) {
    double sum = 0;
    for (int h = 1; h * pitch_hz < 3500; ++h) {
      sum += std::sin(2 * std::numbers::pi * h * pitch_hz * n / sample_rate_hz +
                      h * h) /
             h;
    }
    pcm[static_cast<size_t>(n)] = static_cast<int16_t>(6000 * sum);
  }
  return pcm;
}

std::vector<int16_t> Noise(Random& random, int samples, int peak) {
  std::vector<int16_t> pcm(static_cast<size_t>(samples));
  for (int16_t& sample : pcm) {
    sample = static_cast<int16_t>(
        static_cast<int>(random.Below(2 * static_cast<uint64_t>(peak) + 1)) -
        peak);
  }
  return pcm;
}

int LargestStep(std::span<const int16_t> pcm) {
  int largest = 0;
  for (size_t i = 1; i < pcm.size(); ++i) {
    largest = std::max(largest, std::abs(pcm[i] - pcm[i - 1]));
  }
  return largest;
}

}  // namespace earshot
