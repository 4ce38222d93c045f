#include "dsp/linear_predictor.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

namespace earshot {
namespace {

// A little white noise keeps the equations solvable, and moving the poles
// inwards keeps resonances from ringing on.
constexpr double kWhiteNoiseShare = 1e-5;
constexpr double kBandwidthExpansion = 0.99;

// Rises over the first five sixths, and falls over the last.
double Window(size_t i, size_t size) {
  const size_t rise = size * 5 / 6;
  const double to_edge =
      i < rise ? (static_cast<double>(i) + 0.5) / static_cast<double>(rise)
               : (static_cast<double>(size - i) - 0.5) /
                     static_cast<double>(size - rise);
  const double sine = std::sin(std::numbers::pi / 2 * to_edge);
  return sine * sine;
}

}  // namespace

// The autocorrelation method, solved by the recursion of Levinson and Durbin.
void FitPredictor(std::span<const int16_t> past,
                  std::span<float> coefficients) {
  const size_t size = past.size();
  const size_t order = coefficients.size();
  assert(size <= kMaxFitSamples && order <= kMaxPredictorOrder);
  std::array<double, kMaxFitSamples> windowed;
  for (size_t i = 0; i < size; ++i) windowed[i] = Window(i, size) * past[i];

  std::array<double, kMaxPredictorOrder + 1> correlation = {};
  for (size_t lag = 0; lag <= order; ++lag) {
    for (size_t i = lag; i < size; ++i) {
      correlation[lag] += windowed[i] * windowed[i - lag];
    }
  }
  // 1 is far below one step of 16-bit audio: nothing is divided by 0.
  correlation[0] = correlation[0] * (1 + kWhiteNoiseShare) + 1;

  std::array<double, kMaxPredictorOrder + 1> a = {1};
  double error = correlation[0];
  for (size_t m = 1; m <= order; ++m) {
    double sum = 0;
    for (size_t i = 0; i < m; ++i) sum += a[i] * correlation[m - i];
    const double reflection = -sum / error;
    for (size_t i = 1; i <= m / 2; ++i) {
      const double low = a[i];
      a[i] += reflection * a[m - i];
      if (i != m - i) a[m - i] += reflection * low;
    }
    a[m] = reflection;
    error *= 1 - reflection * reflection;
  }
  double expansion = 1;
  for (size_t i = 0; i < order; ++i) {
    expansion *= kBandwidthExpansion;
    coefficients[i] = static_cast<float>(a[i + 1] * expansion);
  }
}

}  // namespace earshot
