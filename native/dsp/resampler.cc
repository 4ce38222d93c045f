#include "dsp/resampler.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <numeric>

namespace earshot {
namespace {

constexpr int kChunksPerSecond = 400;  // Of 2.5 ms.
constexpr size_t kMaxChunkSamples = 120;
// Half the filter's length, in samples of the lower rate.
constexpr int kHalfLength = 12;
// Kaiser's window for 60 dB, which at this length leaves a transition of 15 %
// of the lower rate (Oppenheim and Schafer, 7.5.3).
constexpr double kKaiserBeta = 0.1102 * (60 - 8.7);

// Modified Bessel function of the first kind, order 0, by its power series.
double BesselI0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; term > 1e-12 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

double Sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

int16_t ToSample(float value) {
  return static_cast<int16_t>(
      std::lround(std::clamp(value, -32768.0f, 32767.0f)));
}

}  // namespace

Resampler::Resampler(int input_rate_hz, int output_rate_hz)
    : chunk_samples_(input_rate_hz / kChunksPerSecond) {
  const int divisor = std::gcd(input_rate_hz, output_rate_hz);
  up_ = output_rate_hz / divisor;
  down_ = input_rate_hz / divisor;
  if (up_ != down_) DesignFilter();
}

size_t Resampler::OutputSamples(size_t input_samples) const {
  return input_samples * static_cast<size_t>(up_) / static_cast<size_t>(down_);
}

// A low-pass at `up` times the input rate that ends in the middle of the lower
// rate, cut into `up` filters that see the input only.
void Resampler::DesignFilter() {
  const int samples_per_lobe = std::max(up_, down_);
  const int half = kHalfLength * samples_per_lobe;
  delay_output_samples_ = half / down_;
  const auto phases = static_cast<size_t>(up_);
  taps_per_phase_ = static_cast<size_t>(2 * half + up_) / phases;
  assert(taps_per_phase_ <= kMaxPastSamples + 1);
  taps_.assign(phases * taps_per_phase_, 0.0f);
  for (int k = 0; k <= 2 * half; ++k) {
    const double t = k - half;
    const double window =
        BesselI0(kKaiserBeta * std::sqrt(1 - (t / half) * (t / half))) /
        BesselI0(kKaiserBeta);
    const size_t phase = static_cast<size_t>(k) % phases;
    const size_t age = static_cast<size_t>(k) / phases;
    taps_[(phase + 1) * taps_per_phase_ - 1 - age] =
        static_cast<float>(window * Sinc(t / samples_per_lobe));
  }
  // Every phase passes a constant unchanged, so that none is heard as a tone.
  for (size_t phase = 0; phase < phases; ++phase) {
    const auto taps =
        std::span(taps_).subspan(phase * taps_per_phase_, taps_per_phase_);
    const float sum = std::accumulate(taps.begin(), taps.end(), 0.0f);
    for (float& tap : taps) tap /= sum;
  }
}

void Resampler::Process(State& state, std::span<const int16_t> input,
                        std::span<int16_t> output) const {
  assert(output.size() == OutputSamples(input.size()));
  if (up_ == down_) {
    std::copy(input.begin(), input.end(), output.begin());
    return;
  }
  const auto up = static_cast<size_t>(up_);
  const auto down = static_cast<size_t>(down_);
  const size_t past_samples = taps_per_phase_ - 1;
  std::array<int16_t, kMaxPastSamples + kMaxChunkSamples> line;
  const auto past = std::span(state.past).first(past_samples);
  while (!input.empty()) {
    const size_t chunk =
        std::min(input.size(), static_cast<size_t>(chunk_samples_));
    std::copy(past.begin(), past.end(), line.begin());
    std::copy_n(input.begin(), chunk, line.begin() + past.size());
    const size_t produced = OutputSamples(chunk);
    for (size_t i = 0; i < produced; ++i) {
      const size_t phase = i * down % up;
      const float* tap = taps_.data() + phase * taps_per_phase_;
      const int16_t* sample = line.data() + i * down / up;
      float sum = 0;
      for (size_t j = 0; j < taps_per_phase_; ++j) {
        sum += tap[j] * static_cast<float>(sample[j]);
      }
      output[i] = ToSample(sum);
    }
    std::copy_n(line.begin() + chunk, past_samples, past.begin());
    input = input.subspan(chunk);
    output = output.subspan(produced);
  }
}

}  // namespace earshot
