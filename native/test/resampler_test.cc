#include "dsp/resampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kAmplitude = 10'000;
constexpr int kCodecRatesHz[] = {8'000, 16'000, 24'000, 32'000, 48'000};
constexpr int kListenerRatesHz[] = {8'000, 12'000, 16'000, 24'000, 48'000};

using Pcm = std::vector<int16_t>;

Pcm Tone(double frequency_hz, int rate_hz, int samples) {
  Pcm pcm(static_cast<size_t>(samples));
  for (size_t i = 0; i < pcm.size(); ++i) {
    const double phase =
        2 * kPi * frequency_hz * static_cast<double>(i) / rate_hz;
    pcm[i] = static_cast<int16_t>(std::lround(kAmplitude * std::sin(phase)));
  }
  return pcm;
}

Pcm Convert(const Resampler& resampler, const Pcm& input) {
  Resampler::State state;
  Pcm output(resampler.OutputSamples(input.size()));
  resampler.Process(state, input, output);
  return output;
}

// The second half of a signal taken apart: the amplitude of one frequency, and
// the RMS of everything else.
struct Spectrum {
  double amplitude = 0;
  double rest_rms = 0;
};

Spectrum Measure(const Pcm& pcm, double frequency_hz, int rate_hz) {
  const size_t first = pcm.size() / 2;
  const auto n = static_cast<double>(pcm.size() - first);
  std::complex<double> sum = 0;
  double energy = 0;
  for (size_t i = first; i < pcm.size(); ++i) {
    sum += static_cast<double>(pcm[i]) *
           std::polar(
               1.0, -2 * kPi * frequency_hz * static_cast<double>(i) / rate_hz);
    energy += static_cast<double>(pcm[i]) * pcm[i];
  }
  const double amplitude = 2 * std::abs(sum) / n;
  const double rest = energy / n - amplitude * amplitude / 2;
  return {amplitude, std::sqrt(std::max(0.0, rest))};
}

double Db(double ratio) { return 20 * std::log10(std::max(ratio, 1e-9)); }

TEST_CASE("passes its band evenly and nothing folds onto it") {
  double worst_ripple_db = 0;
  double worst_stop_db = -200;
  for (const int from_hz : kCodecRatesHz) {
    for (const int to_hz : kListenerRatesHz) {
      if (from_hz == to_hz) continue;
      CAPTURE(from_hz);
      CAPTURE(to_hz);
      const Resampler resampler(from_hz, to_hz);
      const int lower_hz = std::min(from_hz, to_hz);
      const int samples = from_hz;  // One second; tones of whole 50 Hz.
      const auto on_grid = [](double hz) { return 50 * std::round(hz / 50); };
      for (const double share : {0.02, 0.2, 0.4, 0.6, 0.75, 0.85}) {
        const double tone_hz = on_grid(share * lower_hz / 2);
        const auto heard =
            Measure(Convert(resampler, Tone(tone_hz, from_hz, samples)),
                    tone_hz, to_hz);
        worst_ripple_db = std::max(worst_ripple_db,
                                   std::abs(Db(heard.amplitude / kAmplitude)));
        // Images of the tone, and rounding.
        worst_stop_db = std::max(
            worst_stop_db, Db(heard.rest_rms / (kAmplitude / std::sqrt(2))));
      }
      for (const double share : {1.15, 1.3, 1.6, 2.0, 3.0, 5.0}) {
        const double tone_hz = on_grid(share * lower_hz / 2);
        if (tone_hz >= 0.98 * from_hz / 2) continue;
        const auto heard = Measure(
            Convert(resampler, Tone(tone_hz, from_hz, samples)), 0, to_hz);
        worst_stop_db = std::max(
            worst_stop_db, Db(heard.rest_rms / (kAmplitude / std::sqrt(2))));
      }
    }
  }
  MESSAGE("pass band within ", worst_ripple_db, " dB, stop band at ",
          worst_stop_db, " dB");
  CHECK(worst_ripple_db < 0.1);
  CHECK(worst_stop_db < -55);
}

TEST_CASE("an impulse comes out after the delay it states, at most 2 ms") {
  for (const int from_hz : kCodecRatesHz) {
    for (const int to_hz : kListenerRatesHz) {
      CAPTURE(from_hz);
      CAPTURE(to_hz);
      const Resampler resampler(from_hz, to_hz);
      Pcm input(static_cast<size_t>(from_hz / 50));
      // 5 ms in: a whole sample at every rate.
      input[static_cast<size_t>(from_hz / 200)] = 20'000;
      const Pcm output = Convert(resampler, input);
      const auto peak = std::max_element(output.begin(), output.end());
      const auto delay = (peak - output.begin()) - to_hz / 200;
      CHECK(delay == resampler.delay_output_samples());
      CHECK(resampler.delay_output_samples() * 500 <= to_hz);
    }
  }
}

TEST_CASE("blocks of 2.5 ms give the same as one long block") {
  constexpr uint64_t kSeed = 11;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (const int from_hz : kCodecRatesHz) {
    for (const int to_hz : kListenerRatesHz) {
      const Resampler resampler(from_hz, to_hz);
      Pcm input(static_cast<size_t>(from_hz / 10));
      for (int16_t& sample : input) {
        sample = static_cast<int16_t>(random.Next() >> 40);
      }
      const Pcm whole = Convert(resampler, input);
      Resampler::State state;
      Pcm pieces;
      const auto block = static_cast<size_t>(from_hz / 400);
      for (size_t at = 0; at < input.size(); at += block) {
        Pcm piece(resampler.OutputSamples(block));
        resampler.Process(state, std::span(input).subspan(at, block), piece);
        pieces.insert(pieces.end(), piece.begin(), piece.end());
      }
      CHECK(pieces == whole);
    }
  }
}

TEST_CASE("full-scale audio saturates instead of wrapping") {
  const Resampler resampler(8'000, 48'000);
  Pcm square(800);
  for (size_t i = 0; i < square.size(); ++i) {
    square[i] = i / 10 % 2 == 0 ? int16_t{32'767} : int16_t{-32'768};
  }
  const Pcm output = Convert(resampler, square);
  // In the middle of each half wave the sign is the input's.
  const auto delay = static_cast<size_t>(resampler.delay_output_samples());
  for (size_t i = 20; i < 700; i += 10) {
    const bool is_positive = output[6 * (i + 5) + delay] > 0;
    CHECK(is_positive == (square[i + 5] > 0));
  }
}

}  // namespace
}  // namespace earshot
