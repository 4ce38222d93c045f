#include "stretched_call.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <span>
#include <vector>

#include "dsp/level.h"
#include "simulated_call.h"
#include "speech.h"
#include "test_signals.h"

namespace earshot {
namespace {

constexpr uint64_t kSeed = 7;

// By the best correlation of the whole signal with itself, within a half and
// twice the pitch that is expected.
double PitchHz(const std::vector<int16_t>& pcm, int sample_rate_hz,
               double expected_hz) {
  // Over several periods, so that a lag of whole samples is exact enough.
  constexpr int kPeriods = 5;
  const auto middle = kPeriods * sample_rate_hz / expected_hz;
  double best = 0;
  size_t best_lag = 0;
  for (auto lag = static_cast<size_t>(0.95 * middle);
       lag <= static_cast<size_t>(1.05 * middle); ++lag) {
    double cross = 0;
    for (size_t i = lag; i < pcm.size(); ++i) {
      cross += static_cast<double>(pcm[i]) * pcm[i - lag];
    }
    cross /= static_cast<double>(pcm.size() - lag);
    if (cross > best) {
      best = cross;
      best_lag = lag;
    }
  }
  return kPeriods * sample_rate_hz / static_cast<double>(best_lag);
}

TEST_CASE("a stretched voice keeps its pitch and has no clicks") {
  for (const int rate_hz : {8000, 16000, 48000}) {
    for (const double pitch_hz : {80.0, 100.0, 143.0, 210.0, 311.0, 400.0}) {
      for (const double speed : {0.8, 1.1, 1.25}) {
        CAPTURE(rate_hz);
        CAPTURE(pitch_hz);
        CAPTURE(speed);
        const auto voice = Voice(pitch_hz, rate_hz, rate_hz);
        Stretching how;
        how.sample_rate_hz = rate_hz;
        how.speed = speed;
        const Stretched out = Stretch(voice, how);
        CHECK(static_cast<double>(voice.size()) /
                  static_cast<double>(out.pcm.size()) ==
              doctest::Approx(speed).epsilon(0.04));
        CHECK(PitchHz(out.pcm, rate_hz, pitch_hz) ==
              doctest::Approx(pitch_hz).epsilon(0.01));
        CHECK(LargestStep(out.pcm) <= 1.5 * LargestStep(voice));
      }
    }
  }
}

TEST_CASE("a stretched call keeps its level and has no clicks") {
  const auto call = WholeCall();
  REQUIRE(call.size() > 30 * kSpeechRateHz);
  for (const double speed : {0.8, 1.25, 1.8}) {
    CAPTURE(speed);
    Stretching how;
    how.speed = speed;
    how.haste = speed > 1.5 ? Haste::kHurry : Haste::kGentle;
    const Stretched out = Stretch(call, how);
    CHECK(static_cast<double>(call.size()) /
              static_cast<double>(out.pcm.size()) ==
          doctest::Approx(speed).epsilon(0.01));
    CHECK(out.joins.size() > 500);

    std::vector<int16_t> origin;
    for (const int at : out.source) {
      origin.push_back(call[static_cast<size_t>(at)]);
    }
    for (size_t i = 0; i + kSpeechRateHz <= out.pcm.size();
         i += kSpeechRateHz) {
      CAPTURE(i / kSpeechRateHz);
      const auto second = std::span(out.pcm).subspan(i, kSpeechRateHz);
      const auto was = std::span(origin).subspan(i, kSpeechRateHz);
      if (LevelDb(was) > -70) {
        CHECK(std::abs(LevelDb(second) - LevelDb(was)) < 1);
      }
    }
    // No step in a join is larger than those of the call around it.
    constexpr int kAround = kSpeechRateHz / 50;
    for (const Join& join : out.joins) {
      const int end = join.at_samples + join.overlap_samples;
      if (end >= static_cast<int>(out.pcm.size())) continue;
      const auto source = [&](int at) {
        return out.source[static_cast<size_t>(at)];
      };
      const int first =
          std::max(0, std::min(source(join.at_samples), source(end)) - kAround);
      const int last =
          std::min(static_cast<int>(call.size()),
                   std::max(source(join.at_samples), source(end)) + kAround);
      CAPTURE(first);
      const int own = LargestStep(std::span(call).subspan(
          static_cast<size_t>(first), static_cast<size_t>(last - first)));
      const int joined = LargestStep(std::span(out.pcm).subspan(
          static_cast<size_t>(join.at_samples),
          static_cast<size_t>(join.overlap_samples)));
      CHECK(joined <= 1.5 * own);
    }
  }
}

TEST_CASE("clicks in noise are neither swallowed nor doubled") {
  CAPTURE(kSeed);
  constexpr int kClickSamples = 12;
  // Noise that is taken for the background, and noise that is not.
  for (const int noise_peak : {300, 4'000}) {
    for (const double speed : {0.8, 1.25, 1.8}) {
      CAPTURE(noise_peak);
      CAPTURE(speed);
      Random random(kSeed);
      auto pcm = Noise(random, 160'000, noise_peak);
      std::vector<int> clicks;
      for (int at = 900; at < 159'000;
           at += 1'500 + static_cast<int>(random.Below(400))) {
        clicks.push_back(at);
        for (int i = 0; i < kClickSamples; ++i) {
          pcm[static_cast<size_t>(at + i)] = i % 2 == 0 ? 30'000 : -30'000;
        }
      }
      Stretching how;
      how.speed = speed;
      how.haste = Haste::kHurry;
      const Stretched out = Stretch(pcm, how);
      CHECK(out.joins.size() > 50);
      // Every loud run of the output is a whole click, and they are all there.
      std::ptrdiff_t heard = 0;
      for (size_t i = 0; i + kClickSamples < out.pcm.size(); ++i) {
        if (std::abs(out.pcm[i]) <= 1.5 * noise_peak) continue;
        ++heard;
        for (size_t k = 0; k < kClickSamples; ++k) {
          REQUIRE(std::abs(out.pcm[i + k]) == 30'000);
        }
        i += kClickSamples;
      }
      const auto played = [&](int at) {
        return at + kClickSamples < out.source.back();
      };
      CHECK(heard == std::ranges::count_if(clicks, played));
    }
  }
}

TEST_CASE("the channels stay together") {
  CAPTURE(kSeed);
  // The second channel is the first one, half as loud; also turned around, so
  // that the sum of both is weak or nothing.
  for (const int divisor : {2, -2, -1}) {
    CAPTURE(divisor);
    const auto voice = Voice(130, 16000, 32'000);
    std::vector<int16_t> stereo;
    for (const int16_t sample : voice) {
      const auto even = static_cast<int16_t>(sample / 2 * 2);
      stereo.push_back(even);
      stereo.push_back(static_cast<int16_t>(even / divisor));
    }
    Stretching how;
    how.channels = 2;
    const Stretched out = Stretch(stereo, how);
    CHECK(out.joins.size() > 20);
    int largest = 0;
    std::vector<int16_t> first_channel;
    for (size_t i = 0; i < out.pcm.size(); i += 2) {
      largest =
          std::max(largest, std::abs(out.pcm[i] - divisor * out.pcm[i + 1]));
    }
    CHECK(largest <= 2);  // Rounding.
    for (size_t i = 0; i < out.pcm.size(); i += 2) {
      first_channel.push_back(out.pcm[i]);
    }
    CHECK(LargestStep(first_channel) <= 1.1 * LargestStep(voice));
  }
}

TEST_CASE("steady noise can be stretched, and keeps its level") {
  CAPTURE(kSeed);
  Random random(kSeed);
  const auto noise = Noise(random, 64'000, 3'000);
  for (const double speed : {0.8, 1.25}) {
    Stretching how;
    how.speed = speed;
    const Stretched out = Stretch(noise, how);
    CHECK(static_cast<double>(noise.size()) /
              static_cast<double>(out.pcm.size()) ==
          doctest::Approx(speed).epsilon(0.03));
    for (size_t i = 0; i + 1'600 <= out.pcm.size(); i += 1'600) {
      CHECK(std::abs(LevelDb(std::span(out.pcm).subspan(i, 1'600)) -
                     LevelDb(noise)) < 1);
    }
  }
}

}  // namespace
}  // namespace earshot
