#include "dsp/pitch_search.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int kRatesHz[] = {8'000, 16'000, 24'000, 32'000, 48'000};

std::vector<int16_t> Pulses(int rate_hz, double pitch_hz) {
  std::vector<int16_t> pcm(
      static_cast<size_t>(rate_hz / 1000 * kPitchSearchMs));
  for (size_t i = 0; i < pcm.size(); ++i) {
    const double phase =
        2 * std::numbers::pi * pitch_hz * static_cast<double>(i) / rate_hz;
    double sum = 0;
    for (int h = 1; h * pitch_hz < 3'500; ++h) sum += std::cos(h * phase);
    pcm[i] = static_cast<int16_t>(std::lround(500 * sum));
  }
  return pcm;
}

TEST_CASE("finds the pitch of low and high voices, or a multiple of it") {
  for (const int rate_hz : kRatesHz) {
    for (const double pitch_hz : {75.0, 100.0, 125.0, 220.0, 310.0, 390.0}) {
      CAPTURE(rate_hz);
      CAPTURE(pitch_hz);
      const Pitch pitch = FindPitch(Pulses(rate_hz, pitch_hz), rate_hz);
      const double periods = pitch.period_samples * pitch_hz / rate_hz;
      CHECK(pitch.correlation > 0.85f);
      CHECK(std::round(periods) >= 1);
      // Not further off than one sample of the rate.
      CHECK(std::abs(periods - std::round(periods)) <= pitch_hz / rate_hz);
      CHECK(pitch.period_samples <= rate_hz / 1000 * kMaxPitchMs);
      CHECK(pitch.period_samples >= rate_hz / 400);
    }
  }
}

TEST_CASE("finds no pitch in noise and in silence") {
  constexpr uint64_t kSeed = 9;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (const int rate_hz : kRatesHz) {
    std::vector<int16_t> pcm(
        static_cast<size_t>(rate_hz / 1000 * kPitchSearchMs));
    const Pitch silence = FindPitch(pcm, rate_hz);
    CHECK(silence.correlation == 0);
    CHECK(silence.period_samples >= rate_hz / 400);
    for (int16_t& sample : pcm) {
      sample = static_cast<int16_t>(random.Next() >> 40);
    }
    CHECK(FindPitch(pcm, rate_hz).correlation < 0.4f);
  }
}

}  // namespace
}  // namespace earshot
