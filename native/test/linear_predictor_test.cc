#include "dsp/linear_predictor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "simulated_call.h"

namespace earshot {
namespace {

// Energy that is left of the second half after prediction, as a share.
double RemainingShare(const std::vector<int16_t>& pcm,
                      std::span<const float> coefficients) {
  double left = 0;
  double energy = 0;
  for (size_t n = pcm.size() / 2; n < pcm.size(); ++n) {
    double error = pcm[n];
    for (size_t i = 0; i < coefficients.size(); ++i) {
      error += static_cast<double>(coefficients[i]) * pcm[n - 1 - i];
    }
    left += error * error;
    energy += static_cast<double>(pcm[n]) * pcm[n];
  }
  return left / energy;
}

// The largest sample that the filter makes of an impulse, long after it.
double LateRinging(std::span<const float> coefficients) {
  std::array<double, kMaxPredictorOrder> past = {};
  double late = 0;
  for (int n = 0; n < 5'000; ++n) {
    double sample = n == 0 ? 1 : 0;
    for (size_t i = 0; i < coefficients.size(); ++i) {
      sample -= static_cast<double>(coefficients[i]) * past[i];
    }
    std::copy_backward(past.begin(), past.end() - 1, past.end());
    past[0] = sample;
    if (n > 4'000) late = std::max(late, std::abs(sample));
  }
  return late;
}

TEST_CASE("finds the filter that coloured the noise") {
  constexpr uint64_t kSeed = 2;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  std::vector<int16_t> pcm(1200);
  double first = 0;
  double second = 0;
  for (int16_t& sample : pcm) {
    const double white = static_cast<double>(random.Below(2001)) - 1000;
    const double value = white + 1.2 * first - 0.8 * second;
    second = first;
    first = value;
    sample = static_cast<int16_t>(value);
  }
  std::array<float, 2> coefficients;
  FitPredictor(pcm, coefficients);

  CHECK(coefficients[0] == doctest::Approx(-1.2).epsilon(0.08));
  CHECK(coefficients[1] == doctest::Approx(0.8).epsilon(0.08));
}

TEST_CASE("leaves nearly nothing of a tone") {
  std::vector<int16_t> pcm(400);
  for (size_t i = 0; i < pcm.size(); ++i) {
    pcm[i] =
        static_cast<int16_t>(8000 * std::sin(0.3 * static_cast<double>(i)));
  }
  std::array<float, 24> coefficients;
  FitPredictor(pcm, coefficients);

  CHECK(RemainingShare(pcm, coefficients) < 0.001);
}

TEST_CASE("is stable for silence, clicks, clipping and tones") {
  constexpr uint64_t kSeed = 3;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (int round = 0; round < 500; ++round) {
    std::vector<int16_t> pcm(200 + random.Below(1001));
    const uint64_t kind = random.Below(5);
    const uint64_t period = 1 + random.Below(200);
    for (size_t i = 0; i < pcm.size(); ++i) {
      const double t = static_cast<double>(i);
      pcm[i] = static_cast<int16_t>(
          kind == 0   ? 0
          : kind == 1 ? (i == pcm.size() / 2 ? 32'767 : 0)
          : kind == 2 ? (i / period % 2 == 0 ? 32'767 : -32'768)
          : kind == 3 ? 32'767 * std::sin(t * 3.2 / static_cast<double>(period))
                      : static_cast<double>(random.Below(65'536)) - 32'768);
    }
    std::vector<float> coefficients(1 + random.Below(kMaxPredictorOrder));
    FitPredictor(pcm, coefficients);
    CAPTURE(round);
    CHECK(LateRinging(coefficients) < 1e-6);
  }
}

}  // namespace
}  // namespace earshot
