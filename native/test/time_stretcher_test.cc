#include "dsp/time_stretcher.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "dsp/level.h"
#include "simulated_call.h"
#include "stretched_call.h"

namespace earshot {
namespace {

constexpr uint64_t kSeed = 7;

// A voice of steady pitch: harmonics up to 3.5 kHz, weaker the higher.
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

int LargestStep(const std::vector<int16_t>& pcm) {
  int largest = 0;
  for (size_t i = 1; i < pcm.size(); ++i) {
    largest = std::max(largest, std::abs(pcm[i] - pcm[i - 1]));
  }
  return largest;
}

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

StretchRequest RequestFor(const std::vector<int16_t>& audio,
                          const TimeStretcher& stretcher) {
  StretchRequest request;
  request.audio = audio;
  request.min_samples = stretcher.min_lag_samples();
  request.max_samples = stretcher.max_lag_samples();
  return request;
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

TEST_CASE("a join says exactly what it did") {
  for (const int channels : {1, 2}) {
    CAPTURE(channels);
    TimeStretcher stretcher(16000, channels);
    const auto voice = Voice(150, 16000, 960 * channels);
    StretchRequest request = RequestFor(voice, stretcher);
    request.fixed_samples = 400;
    for (const Join& join :
         {stretcher.FindCut(request), stretcher.FindRepeat(request)}) {
      REQUIRE(join.skip_samples != 0);
      CHECK(join.at_samples >= request.fixed_samples);
      std::vector<int16_t> buffer = voice;
      buffer.resize(voice.size() + 640);
      const int length = stretcher.Apply(join, buffer, 960);
      CHECK(length == 960 - join.skip_samples);
      for (int i = 0; i < length * channels; ++i) {
        const auto k = static_cast<size_t>(i);
        if (i / channels < join.at_samples) {
          CHECK(buffer[k] == voice[k]);
        } else if (i / channels >= join.at_samples + join.overlap_samples) {
          CHECK(buffer[k] ==
                voice[static_cast<size_t>(i + join.skip_samples * channels)]);
        }
      }
    }
  }
}

TEST_CASE("clicks in noise are neither swallowed nor doubled") {
  CAPTURE(kSeed);
  for (const double speed : {0.8, 1.25, 1.8}) {
    CAPTURE(speed);
    Random random(kSeed);
    auto pcm = Noise(random, 160'000, 300);
    std::vector<int> clicks;
    for (int at = 900; at < 159'000;
         at += 1'500 + static_cast<int>(random.Below(400))) {
      clicks.push_back(at);
      for (int i = 0; i < 12; ++i) {
        pcm[static_cast<size_t>(at + i)] = i % 2 == 0 ? 12'000 : -12'000;
      }
    }
    Stretching how;
    how.speed = speed;
    how.haste = Haste::kHurry;
    const Stretched out = Stretch(pcm, how);
    CHECK(out.joins.size() > 50);
    // Every loud run of the output is a whole click, and they are all there.
    size_t heard = 0;
    for (size_t i = 1; i + 12 < out.pcm.size(); ++i) {
      if (std::abs(out.pcm[i]) < 1'000) continue;
      ++heard;
      for (size_t k = 0; k < 12; ++k) {
        REQUIRE(std::abs(out.pcm[i + k]) == 12'000);
      }
      i += 12;
    }
    const auto last_played = out.source.back() - 12;
    CHECK(heard == static_cast<size_t>(std::ranges::count_if(
                       clicks, [&](int at) { return at < last_played; })));
  }
}

TEST_CASE("a pause is cut and repeated before speech is") {
  CAPTURE(kSeed);
  Random random(kSeed);
  TimeStretcher stretcher(16000, 1);
  const auto voice = Voice(120, 16000, 480);
  auto audio = voice;
  const auto pause = Noise(random, 480, 40);
  audio.insert(audio.end(), pause.begin(), pause.end());
  StretchRequest request = RequestFor(audio, stretcher);
  request.noise_floor_db = -64;
  const Join cut = stretcher.FindCut(request);
  CHECK(cut.at_samples >= 480);
  CHECK(cut.skip_samples >= 300);
  const Join repeat = stretcher.FindRepeat(request);
  CHECK(repeat.at_samples + repeat.skip_samples >= 480);
  CHECK(-repeat.skip_samples >= 300);
}

TEST_CASE("where only pauses may be changed, speech is left alone") {
  TimeStretcher stretcher(16000, 1);
  const auto voice = Voice(120, 16000, 960);
  StretchRequest request = RequestFor(voice, stretcher);
  request.haste = Haste::kInPauses;
  CHECK(stretcher.FindCut(request).skip_samples == 0);
  CHECK(stretcher.FindRepeat(request).skip_samples == 0);
}

TEST_CASE("of digital zero as much goes as is asked for") {
  TimeStretcher stretcher(48000, 1);
  const std::vector<int16_t> zero(48 * 80);
  StretchRequest request = RequestFor(zero, stretcher);
  request.max_samples = 48 * 70;
  CHECK(stretcher.FindCut(request).skip_samples == 48 * 70);
  request.max_samples = 137;
  request.min_samples = 137;
  CHECK(stretcher.FindCut(request).skip_samples == 137);
  CHECK(stretcher.FindRepeat(request).skip_samples == -137);
}

TEST_CASE("limits of what is cut or repeated are kept") {
  TimeStretcher stretcher(16000, 1);
  for (const double pitch_hz : {90.0, 170.0, 350.0}) {
    const auto voice = Voice(pitch_hz, 16000, 960);
    StretchRequest request = RequestFor(voice, stretcher);
    request.fixed_samples = 480;
    for (const int least : {40, 97, 150}) {
      request.min_samples = least;
      request.max_samples = 200;
      const int cut = stretcher.FindCut(request).skip_samples;
      CHECK((cut == 0 || (cut >= least && cut <= 200)));
      const int repeated = -stretcher.FindRepeat(request).skip_samples;
      CHECK((repeated == 0 || (repeated >= least && repeated <= 200)));
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
    for (size_t i = 0; i < out.pcm.size(); i += 2) {
      largest =
          std::max(largest, std::abs(out.pcm[i] - divisor * out.pcm[i + 1]));
    }
    CHECK(largest <= 2);  // Rounding.
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

TEST_CASE("hostile signals give joins within the audio, or none") {
  CAPTURE(kSeed);
  Random random(kSeed);
  std::vector<std::vector<int16_t>> signals;
  signals.emplace_back(3'840, INT16_MIN);
  signals.emplace_back(3'840, INT16_MAX);
  signals.emplace_back(3'840, int16_t{1});
  signals.push_back(Noise(random, 3'840, 32'767));
  signals.emplace_back();
  std::vector<int16_t> square;
  std::vector<int16_t> alternating;
  for (int i = 0; i < 3'840; ++i) {
    square.push_back(i / 61 % 2 == 0 ? INT16_MAX : INT16_MIN);
    alternating.push_back(i % 2 == 0 ? INT16_MAX : INT16_MIN);
  }
  signals.push_back(square);
  signals.push_back(alternating);
  for (const auto& signal : signals) {
    for (const int rate_hz : {8000, 12000, 16000, 24000, 48000}) {
      for (const int channels : {1, 2}) {
        TimeStretcher stretcher(rate_hz, channels);
        for (int i = 0; i < 40; ++i) {
          const auto given = static_cast<int>(
              random.Below(signal.size() / static_cast<size_t>(channels) + 1));
          StretchRequest request;
          request.audio =
              std::span(signal).first(static_cast<size_t>(given * channels));
          request.fixed_samples =
              static_cast<int>(random.Below(static_cast<uint64_t>(given) + 1));
          request.min_samples = static_cast<int>(random.Below(500));
          request.max_samples = static_cast<int>(random.Below(2'000));
          request.haste = Haste::kHurry;
          for (const Join& join :
               {stretcher.FindCut(request), stretcher.FindRepeat(request)}) {
            if (join.skip_samples == 0) continue;
            const int longest = std::max(0, join.skip_samples);
            REQUIRE(join.at_samples >= request.fixed_samples);
            REQUIRE(join.at_samples + join.skip_samples >= 0);
            REQUIRE(join.at_samples + join.overlap_samples + longest <= given);
            REQUIRE(std::abs(join.skip_samples) <= request.max_samples);
            REQUIRE(std::abs(join.skip_samples) >= request.min_samples);
            std::vector<int16_t> buffer(signal);
            buffer.resize(signal.size() + 4'000);
            REQUIRE(stretcher.Apply(join, buffer, given) ==
                    given - join.skip_samples);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace earshot
