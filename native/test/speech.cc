#include "speech.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numbers>

namespace earshot {
namespace {

constexpr int kWavHeaderBytes = 44;
constexpr int kFrameSamples = kSpeechRateHz / 50;
constexpr int kBands = 40;
constexpr int kBinsPerBand = kFrameSamples / 2 / kBands;
constexpr double kFloorPower = 1e-6;  // -60 dB.

using BandLevels = std::array<double, kBands>;

BandLevels LevelsOf(std::span<const int16_t> frame) {
  std::array<double, kFrameSamples> windowed;
  for (size_t i = 0; i < windowed.size(); ++i) {
    const double hann =
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                             kFrameSamples);
    windowed[i] = hann * frame[i] / 32768.0;
  }
  BandLevels levels;
  for (int band = 0; band < kBands; ++band) {
    double power = 0;
    for (int bin = band * kBinsPerBand; bin < (band + 1) * kBinsPerBand;
         ++bin) {
      // Goertzel's filter: the power of one bin.
      const double turn =
          2 * std::cos(2 * std::numbers::pi * bin / kFrameSamples);
      double last = 0;
      double before = 0;
      for (const double sample : windowed) {
        const double next = sample + turn * last - before;
        before = last;
        last = next;
      }
      power += last * last + before * before - turn * last * before;
    }
    levels[static_cast<size_t>(band)] =
        10 * std::log10(power / (kFrameSamples * kFrameSamples) + kFloorPower);
  }
  return levels;
}

}  // namespace

std::vector<int16_t> Speech(int from_ms, int duration_ms) {
  const std::vector<int16_t> call = WholeCall();
  const auto from = call.begin() + from_ms * kSpeechRateHz / 1000;
  return {from, from + duration_ms * kSpeechRateHz / 1000};
}

std::vector<int16_t> WholeCall() {
  std::ifstream file(EARSHOT_FIXTURES "/speech/call.wav", std::ios::binary);
  REQUIRE(file);
  file.seekg(0, std::ios::end);
  const auto bytes = file.tellg() - std::streamoff{kWavHeaderBytes};
  std::vector<int16_t> pcm(static_cast<size_t>(bytes) / sizeof(int16_t));
  file.seekg(kWavHeaderBytes);
  file.read(reinterpret_cast<char*>(pcm.data()),
            static_cast<std::streamsize>(pcm.size() * sizeof(int16_t)));
  REQUIRE(file);
  return pcm;
}

double LogSpectralDistanceDb(std::span<const int16_t> a,
                             std::span<const int16_t> b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  int count = 0;
  for (size_t at = 0; at + kFrameSamples <= a.size(); at += kFrameSamples) {
    const BandLevels of_a = LevelsOf(a.subspan(at, kFrameSamples));
    const BandLevels of_b = LevelsOf(b.subspan(at, kFrameSamples));
    for (size_t band = 0; band < of_a.size(); ++band) {
      const double difference = of_a[band] - of_b[band];
      sum += difference * difference;
      ++count;
    }
  }
  REQUIRE(count > 0);
  return std::sqrt(sum / count);
}

}  // namespace earshot
