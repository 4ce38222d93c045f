#include "dsp/merge.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "test_signals.h"

namespace earshot {
namespace {

constexpr uint64_t kSeed = 3;
constexpr int kRateHz = 16000;
constexpr int kPerMs = kRateHz / 1000;

// A part of one voice of 130 Hz.
std::vector<int16_t> VoiceFrom(int first, int samples, double gain) {
  const auto voice = Voice(130, kRateHz, first + samples);
  std::vector<int16_t> part(voice.begin() + first, voice.end());
  for (int16_t& sample : part) sample = static_cast<int16_t>(gain * sample);
  return part;
}

ShiftLimits UpToMs(int ms) { return {ms * kPerMs, ms * kPerMs}; }

TEST_CASE("audio that goes on as it was made up is joined unchanged") {
  Merger merger(kRateHz, 1);
  const auto fresh = VoiceFrom(0, 480, 1);
  const auto continuation = VoiceFrom(0, 240, 1);
  const Merge merge = merger.Find(continuation, fresh, UpToMs(5));
  CHECK(merge.skip_samples() == 0);
  std::vector<int16_t> out(fresh.size());
  CHECK(merger.Apply(merge, continuation, fresh, out) == 480);
  CHECK(out == fresh);
}

TEST_CASE("concealment that ran ahead or behind is joined in phase") {
  for (const int shift : {-60, -31, -7, 9, 26, 55}) {
    CAPTURE(shift);
    Merger merger(kRateHz, 1);
    const auto fresh = VoiceFrom(1'000, 480, 1);
    const auto continuation = VoiceFrom(1'000 + shift, 240, 1);
    const Merge merge = merger.Find(continuation, fresh, UpToMs(4));
    CHECK(merge.skip_samples() == shift);
    std::vector<int16_t> out(600);
    const int length = merger.Apply(merge, continuation, fresh, out);
    CHECK(length == 480 - shift);
    const auto heard = std::span(out).first(static_cast<size_t>(length));
    CHECK(LargestStep(heard) <= 1.1 * LargestStep(fresh));
    CHECK(std::equal(heard.end() - 200, heard.end(), fresh.end() - 200));
  }
}

TEST_CASE("what must not come later is joined by coming sooner") {
  constexpr int kPeriod = 80;  // Of 200 Hz.
  const auto voice = Voice(200, kRateHz, 1'600);
  const std::span<const int16_t> all(voice);
  Merger merger(kRateHz, 1);
  // Real audio that would fit 20 samples later, or a period less 20 sooner.
  const auto fresh = all.subspan(800, 480);
  const auto continuation = all.subspan(800 - 20, 240);
  CHECK(merger.Find(continuation, fresh, UpToMs(4)).skip_samples() == -20);
  const Merge merge = merger.Find(continuation, fresh, {kPeriod, 0});
  CHECK(merge.kept_samples == 0);
  CHECK(merge.skipped_samples == kPeriod - 20);
  CHECK(merge.correlation > 0.9f);
}

TEST_CASE("without a shift positions stay exact, whatever the phase") {
  Merger merger(kRateHz, 1);
  const auto fresh = VoiceFrom(0, 480, 1);
  const auto continuation = VoiceFrom(61, 240, 1);
  const Merge merge = merger.Find(continuation, fresh, ShiftLimits());
  CHECK(merge.kept_samples == 0);
  CHECK(merge.skipped_samples == 0);
  std::vector<int16_t> out(fresh.size());
  CHECK(merger.Apply(merge, continuation, fresh, out) == 480);
  CHECK(std::equal(out.begin() + 80, out.end(), fresh.begin() + 80));
  CHECK(LargestStep(out) <= 1.5 * LargestStep(fresh));
}

TEST_CASE("audio after concealment that had faded rises from its level") {
  Merger merger(kRateHz, 1);
  const auto fresh = VoiceFrom(0, 480, 1);
  const auto continuation = VoiceFrom(0, 240, 0.4);
  const Merge merge = merger.Find(continuation, fresh, UpToMs(4));
  CHECK(merge.skip_samples() == 0);
  CHECK(merge.first_gain == doctest::Approx(0.4).epsilon(0.02));
  std::vector<int16_t> out(fresh.size());
  merger.Apply(merge, continuation, fresh, out);
  for (int i = 0; i < 480; ++i) {
    const double gain = std::min(1.0, 0.4 + 0.6 * i / (15.0 * kPerMs));
    const auto k = static_cast<size_t>(i);
    // In the cross-fade the made-up side keeps to 0.4.
    const double lowest = i < 5 * kPerMs ? 0.4 : gain;
    const double low = std::min(lowest * fresh[k], gain * fresh[k]);
    const double high = std::max(lowest * fresh[k], gain * fresh[k]);
    CHECK(out[k] >= low - 40);
    CHECK(out[k] <= high + 40);
  }
}

TEST_CASE("an onset after silence is not held down below a quarter") {
  Merger merger(kRateHz, 1);
  const std::vector<int16_t> continuation(240);
  const auto fresh = VoiceFrom(0, 480, 1);
  const Merge merge = merger.Find(continuation, fresh, UpToMs(4));
  CHECK(merge.skip_samples() == 0);
  CHECK(merge.first_gain == 0.25f);
}

TEST_CASE("hostile merges stay within what was given") {
  CAPTURE(kSeed);
  Random random(kSeed);
  for (int i = 0; i < 2'000; ++i) {
    const int rate_hz =
        std::array{8000, 12000, 16000, 24000, 48000}[random.Below(5)];
    const auto channels = static_cast<int>(1 + random.Below(2));
    std::vector<int16_t> continuation(random.Below(1'500) *
                                      static_cast<size_t>(channels));
    std::vector<int16_t> fresh(random.Below(1'500) *
                               static_cast<size_t>(channels));
    const uint64_t kind = random.Below(3);
    for (auto* pcm : {&continuation, &fresh}) {
      for (int16_t& sample : *pcm) {
        sample =
            kind == 0 ? INT16_MIN : static_cast<int16_t>(random.Below(65'536));
        if (kind == 1) sample = sample < 0 ? INT16_MIN : INT16_MAX;
      }
    }
    Merger merger(rate_hz, channels);
    const ShiftLimits limits = {static_cast<int>(random.Below(800)),
                                static_cast<int>(random.Below(800))};
    const Merge merge = merger.Find(continuation, fresh, limits);
    REQUIRE(merge.skipped_samples <= limits.sooner_samples);
    REQUIRE(merge.kept_samples <= limits.later_samples);
    const int length =
        static_cast<int>(fresh.size()) / channels - merge.skip_samples();
    std::vector<int16_t> out(static_cast<size_t>(length * channels));
    REQUIRE(merger.Apply(merge, continuation, fresh, out) == length);
  }
}

}  // namespace
}  // namespace earshot
