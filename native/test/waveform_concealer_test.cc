#include "dsp/waveform_concealer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <numbers>
#include <string>
#include <type_traits>

#include "dsp/level.h"
#include "simulated_call.h"

namespace earshot {
namespace {

using Pcm = std::vector<int16_t>;

constexpr int kRatesHz[] = {8'000, 16'000, 24'000, 32'000, 48'000};

// A vowel-like sound: harmonics below 3.4 kHz of a slowly moving pitch.
Pcm Voice(int rate_hz, int ms) {
  Pcm pcm(static_cast<size_t>(rate_hz / 1000 * ms));
  for (size_t i = 0; i < pcm.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double phase =
        2 * std::numbers::pi *
        (125 * t + 0.5 * std::sin(2 * std::numbers::pi * 1.3 * t));
    double sum = 0;
    for (int h = 1; h <= 25; ++h) sum += std::cos(h * phase + h * h) / (h + 3);
    pcm[i] = static_cast<int16_t>(std::lround(4000 * sum));
  }
  return pcm;
}

Pcm Tone(int rate_hz, int ms) {
  Pcm pcm(static_cast<size_t>(rate_hz / 1000 * ms));
  for (size_t i = 0; i < pcm.size(); ++i) {
    pcm[i] = static_cast<int16_t>(
        std::lround(6000 * std::sin(2 * std::numbers::pi * 437.3 *
                                    static_cast<double>(i) / rate_hz)));
  }
  return pcm;
}

// Hiss with a peak at a quarter of the rate.
Pcm Noise(int rate_hz, int ms, double amplitude) {
  Random random(5);
  Pcm pcm(static_cast<size_t>(rate_hz / 1000 * ms));
  double previous = 0;
  double before = 0;
  for (int16_t& sample : pcm) {
    const double white = static_cast<double>(random.Below(2001)) / 1000.0 - 1.0;
    const double value = white - 0.5 * before;
    before = previous;
    previous = value;
    sample = static_cast<int16_t>(std::lround(amplitude * value));
  }
  return pcm;
}

std::span<int16_t> Part(Pcm& pcm, int rate_hz, int from_ms, int ms) {
  return std::span(pcm).subspan(static_cast<size_t>(rate_hz / 1000 * from_ms),
                                static_cast<size_t>(rate_hz / 1000 * ms));
}

// Plays `pcm` in packets of 20 ms; of the time between `from_ms` and `to_ms`
// nothing arrives.
Pcm LoseMiddle(const Pcm& pcm, int rate_hz, int from_ms, int to_ms) {
  WaveformConcealer concealer(rate_hz);
  Pcm heard = pcm;
  const auto total_ms = static_cast<int>(pcm.size()) / (rate_hz / 1000);
  for (int ms = 0; ms < total_ms; ms += 20) {
    const auto packet = Part(heard, rate_hz, ms, 20);
    if (ms >= from_ms && ms < to_ms) {
      concealer.Conceal(packet);
    } else {
      concealer.Receive(packet);
    }
  }
  return heard;
}

int LargestStep(std::span<const int16_t> pcm) {
  int largest = 0;
  for (size_t i = 1; i < pcm.size(); ++i) {
    largest = std::max(largest, std::abs(pcm[i] - pcm[i - 1]));
  }
  return largest;
}

size_t LongestRunOfZeros(std::span<const int16_t> pcm) {
  size_t longest = 0;
  size_t run = 0;
  for (const int16_t sample : pcm) {
    run = sample == 0 ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

struct NamedSound {
  std::string name;
  std::function<Pcm(int)> make;
};

const NamedSound kSounds[] = {
    {"voice", [](int rate_hz) { return Voice(rate_hz, 1000); }},
    {"tone", [](int rate_hz) { return Tone(rate_hz, 1000); }},
    {"noise", [](int rate_hz) { return Noise(rate_hz, 1000, 3000); }},
};

TEST_CASE("neither join steps further than the sound itself does") {
  for (const int rate_hz : kRatesHz) {
    for (const NamedSound& sound : kSounds) {
      for (const int lost_ms : {20, 60, 120}) {
        CAPTURE(rate_hz);
        CAPTURE(sound.name);
        CAPTURE(lost_ms);
        const int end_ms = 400 + lost_ms;
        Pcm pcm = sound.make(rate_hz);
        // A tone has one largest step; concealment may overshoot it a little.
        const int own = LargestStep(pcm) * 21 / 20;
        Pcm heard = LoseMiddle(pcm, rate_hz, 400, end_ms);
        // From the last real sample on, and through the cross-fade.
        CHECK(LargestStep(Part(heard, rate_hz, 399, 3)) <= own);
        CHECK(LargestStep(Part(heard, rate_hz, end_ms - 1, 7)) <= own);
      }
    }
  }
}

TEST_CASE("the level goes on through both joins") {
  for (const int rate_hz : kRatesHz) {
    for (const NamedSound& sound : kSounds) {
      CAPTURE(rate_hz);
      CAPTURE(sound.name);
      Pcm pcm = sound.make(rate_hz);
      Pcm heard = LoseMiddle(pcm, rate_hz, 400, 460);
      const float own_db = LevelDb(pcm);
      // The first 16 ms, the last 16 ms, and 16 ms around the cross-fade.
      for (const int at_ms : {400, 444, 455}) {
        CAPTURE(at_ms);
        CHECK(std::abs(LevelDb(Part(heard, rate_hz, at_ms, 16)) - own_db) <
              3.0f);
      }
    }
  }
}

TEST_CASE("everything 5 ms behind a loss is as it was received") {
  for (const int rate_hz : kRatesHz) {
    Pcm pcm = Voice(rate_hz, 1000);
    Pcm heard = LoseMiddle(pcm, rate_hz, 400, 460);
    const auto ours = Part(heard, rate_hz, 465, 535);
    const auto sent = Part(pcm, rate_hz, 465, 535);
    CHECK(std::equal(ours.begin(), ours.end(), sent.begin(), sent.end()));
    const auto before = Part(heard, rate_hz, 0, 400);
    CHECK(std::equal(before.begin(), before.end(), pcm.begin()));
  }
}

TEST_CASE("goes on with the voice: the lost wave is mostly the one made up") {
  for (const int rate_hz : kRatesHz) {
    CAPTURE(rate_hz);
    Pcm pcm = Voice(rate_hz, 1000);
    Pcm heard = LoseMiddle(pcm, rate_hz, 400, 420);
    double signal = 0;
    double error = 0;
    const auto made = Part(heard, rate_hz, 400, 20);
    const auto sent = Part(pcm, rate_hz, 400, 20);
    for (size_t i = 0; i < made.size(); ++i) {
      signal += static_cast<double>(sent[i]) * sent[i];
      error += static_cast<double>(sent[i] - made[i]) * (sent[i] - made[i]);
    }
    const double snr_db = 10 * std::log10(signal / error);
    MESSAGE(rate_hz, " Hz: ", snr_db, " dB");
    CHECK(snr_db > 6);
  }
}

TEST_CASE("noise does not become a tone") {
  for (const int rate_hz : kRatesHz) {
    CAPTURE(rate_hz);
    Pcm pcm = Noise(rate_hz, 1000, 3000);
    Pcm heard = LoseMiddle(pcm, rate_hz, 400, 500);
    const auto made = Part(heard, rate_hz, 400, 60);
    double largest = 0;
    for (size_t lag = static_cast<size_t>(rate_hz / 400);
         lag < static_cast<size_t>(rate_hz / 60); ++lag) {
      double product = 0;
      double energy = 0;
      for (size_t i = lag; i < made.size(); ++i) {
        product += static_cast<double>(made[i]) * made[i - lag];
        energy += static_cast<double>(made[i]) * made[i];
      }
      largest = std::max(largest, product / energy);
    }
    CHECK(largest < 0.5);
  }
}

TEST_CASE("a long loss sinks to the noise floor and stays there") {
  for (const int rate_hz : kRatesHz) {
    CAPTURE(rate_hz);
    WaveformConcealer concealer(rate_hz);
    Pcm background = Noise(rate_hz, 2000, 30);
    const float floor_db = LevelDb(background);
    concealer.Receive(background);
    Pcm voice = Voice(rate_hz, 400);
    concealer.Receive(voice);

    Pcm made(static_cast<size_t>(rate_hz));
    concealer.Conceal(made);

    const float voice_db = LevelDb(voice);
    CHECK(std::abs(LevelDb(Part(made, rate_hz, 40, 20)) - voice_db) < 3);
    CHECK(LevelDb(Part(made, rate_hz, 110, 20)) > voice_db - 10);
    CHECK(std::abs(LevelDb(Part(made, rate_hz, 800, 200)) - floor_db) < 4);
    CHECK(LongestRunOfZeros(made) < 20);
  }
}

TEST_CASE("never hands out digital zero, not even with nothing heard before") {
  for (const int rate_hz : kRatesHz) {
    CAPTURE(rate_hz);
    WaveformConcealer fresh(rate_hz);
    Pcm made(static_cast<size_t>(rate_hz));
    fresh.Conceal(made);
    CHECK(LongestRunOfZeros(made) < 20);
    CHECK(LevelDb(made) > -75);

    WaveformConcealer after_zeros(rate_hz);
    Pcm zeros(static_cast<size_t>(rate_hz));
    after_zeros.Receive(zeros);
    after_zeros.Conceal(made);
    CHECK(LongestRunOfZeros(made) < 20);
  }
}

TEST_CASE("a copy goes on alike, also from inside a loss") {
  static_assert(std::is_trivially_copyable_v<WaveformConcealer>);
  WaveformConcealer concealer(16'000);
  Pcm voice = Voice(16'000, 300);
  concealer.Receive(voice);
  Pcm first(320);
  concealer.Conceal(first);
  WaveformConcealer copy = concealer;
  for (int round = 0; round < 3; ++round) {
    Pcm ours(520);
    Pcm theirs(520);
    concealer.Conceal(ours);
    copy.Conceal(theirs);
    CHECK(ours == theirs);
    ours = theirs = Voice(16'000, 30);
    concealer.Receive(ours);
    copy.Receive(theirs);
    CHECK(ours == theirs);
  }
}

TEST_CASE("blocks of 2.5 ms give the same as one long block") {
  Pcm voice = Voice(16'000, 300);
  WaveformConcealer whole(16'000);
  whole.Receive(voice);
  WaveformConcealer pieces = whole;
  Pcm ours(1920);
  Pcm theirs(1920);
  whole.Conceal(ours);
  for (size_t at = 0; at < theirs.size(); at += 40) {
    pieces.Conceal(std::span(theirs).subspan(at, 40));
  }
  CHECK(ours == theirs);

  ours = theirs = Voice(16'000, 20);
  whole.Receive(ours);
  for (size_t at = 0; at < theirs.size(); at += 40) {
    pieces.Receive(std::span(theirs).subspan(at, 40));
  }
  CHECK(ours == theirs);
}

TEST_CASE("hostile waves stay below their own level") {
  constexpr uint64_t kSeed = 711;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (int round = 0; round < 300; ++round) {
    const int rate_hz = kRatesHz[random.Below(std::size(kRatesHz))];
    CAPTURE(round);
    Pcm pcm(static_cast<size_t>(rate_hz / 10));
    const uint64_t period = 1 + random.Below(pcm.size());
    const uint64_t kind = random.Below(4);
    for (size_t i = 0; i < pcm.size(); ++i) {
      const auto square = i / period % 2 == 0 ? 32'767 : -32'768;
      pcm[i] = static_cast<int16_t>(
          kind == 0   ? square
          : kind == 1 ? (i % period == 0 ? 32'767 : 0)
          : kind == 2 ? static_cast<int>(random.Below(65'536)) - 32'768
                      : (i < pcm.size() - period ? 0 : square));
    }
    WaveformConcealer concealer(rate_hz);
    concealer.Receive(pcm);
    Pcm made(pcm.size());
    concealer.Conceal(made);
    const float own_db = LevelDb(Part(pcm, rate_hz, 80, 20));
    CHECK(LevelDb(made) < std::max(own_db + 3, -49.0f));
    concealer.Receive(pcm);
  }
}

}  // namespace
}  // namespace earshot
