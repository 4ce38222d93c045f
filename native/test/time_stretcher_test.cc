#include "dsp/time_stretcher.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include "simulated_call.h"
#include "test_signals.h"

namespace earshot {
namespace {

constexpr uint64_t kSeed = 7;
StretchRequest RequestFor(const std::vector<int16_t>& audio,
                          const TimeStretcher& stretcher) {
  StretchRequest request;
  request.audio = audio;
  request.min_samples = stretcher.min_lag_samples();
  request.max_samples = stretcher.max_lag_samples();
  return request;
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

TEST_CASE("whole periods are cut and repeated, to the sample") {
  for (const int rate_hz : {8000, 16000, 24000, 48000}) {
    for (const int period : {rate_hz / 90, rate_hz / 137, rate_hz / 263}) {
      CAPTURE(rate_hz);
      CAPTURE(period);
      TimeStretcher stretcher(rate_hz, 1);
      const auto voice =
          Voice(static_cast<double>(rate_hz) / period, rate_hz, rate_hz / 20);
      StretchRequest request = RequestFor(voice, stretcher);
      request.fixed_samples = rate_hz / 50;
      for (const Join& join :
           {stretcher.FindCut(request), stretcher.FindRepeat(request)}) {
        CHECK(join.skip_samples != 0);
        CHECK(join.skip_samples % period == 0);
        CHECK(join.correlation > 0.99f);
      }
    }
  }
}

TEST_CASE("speech that is nowhere alike is left alone") {
  CAPTURE(kSeed);
  Random random(kSeed);
  TimeStretcher stretcher(16000, 1);
  // Noise without its highs is neither voiced nor taken for a fricative.
  auto pcm = Noise(random, 16'000, 20'000);
  double smooth = 0;
  for (int16_t& sample : pcm) {
    smooth = 0.85 * smooth + 0.15 * sample;
    sample = static_cast<int16_t>(smooth);
  }
  int gentle = 0;
  int hurried = 0;
  for (size_t i = 0; i + 480 <= pcm.size(); i += 160) {
    StretchRequest request = RequestFor(pcm, stretcher);
    request.audio = request.audio.subspan(i, 480);
    if (stretcher.FindCut(request).skip_samples != 0) ++gentle;
    request.haste = Haste::kHurry;
    if (stretcher.FindCut(request).skip_samples != 0) ++hurried;
  }
  CHECK(gentle == 0);
  CHECK(hurried <= 15);
}

TEST_CASE("a voice is not cut where it becomes louder, even in a hurry") {
  TimeStretcher stretcher(16000, 1);
  auto audio = Voice(100, 16000, 352);
  for (int16_t& sample : audio) sample = static_cast<int16_t>(sample / 3);
  StretchRequest request = RequestFor(audio, stretcher);
  request.haste = Haste::kHurry;
  request.min_samples = 160;
  request.max_samples = 160;
  CHECK(stretcher.FindCut(request).skip_samples == 160);
  for (size_t i = 192; i < audio.size(); ++i) {
    audio[i] = static_cast<int16_t>(audio[i] * 5 / 2);
  }
  CHECK(stretcher.FindCut(request).skip_samples == 0);
}

TEST_CASE("a plosive between the sides of a join is not swallowed") {
  TimeStretcher stretcher(16000, 1);
  auto audio = Voice(120, 16000, 448);
  for (int16_t& sample : audio) sample = static_cast<int16_t>(sample / 8);
  StretchRequest request = RequestFor(audio, stretcher);
  request.min_samples = 250;
  CHECK(stretcher.FindCut(request).skip_samples >= 250);
  for (size_t i = 200; i < 230; ++i) {
    audio[i] = i % 2 == 0 ? int16_t{12'000} : int16_t{-12'000};
  }
  CHECK(stretcher.FindCut(request).skip_samples == 0);
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
  request.fixed_samples = 480;
  const Join repeat = stretcher.FindRepeat(request);
  CHECK(repeat.at_samples + repeat.skip_samples >= 480);
  CHECK(-repeat.skip_samples >= 200);
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
