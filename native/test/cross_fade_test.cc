#include "dsp/cross_fade.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "dsp/level.h"
#include "test_signals.h"

namespace earshot {
namespace {

constexpr uint64_t kSeed = 11;

TEST_CASE("a fade between equal signals changes nothing") {
  Random random(kSeed);
  const auto pcm = Noise(random, 160, 4'000);
  std::vector<int16_t> out(pcm.size());
  CrossFade(pcm, pcm, 1, 1.0f, out);
  CHECK(out == pcm);
}

TEST_CASE("a fade between unlike signals keeps the level") {
  CAPTURE(kSeed);
  Random random(kSeed);
  const auto from = Noise(random, 48'000, 4'000);
  const auto to = Noise(random, 48'000, 4'000);
  std::vector<int16_t> out(from.size());
  CrossFade(from, to, 1, 0.0f, out);
  for (size_t i = 0; i < out.size(); i += 4'800) {
    CHECK(std::abs(LevelDb(std::span(out).subspan(i, 4'800)) - LevelDb(from)) <
          0.3f);
  }
}

TEST_CASE("a fade goes in a straight line from one constant to another") {
  const std::vector<int16_t> from(99, 1000);
  std::vector<int16_t> out(99, -1000);
  CrossFade(from, out, 1, 1.0f, out);
  for (size_t i = 0; i < out.size(); ++i) {
    CHECK(out[i] == 1000 - 20 * static_cast<int>(i + 1));
  }
}

TEST_CASE("both channels of a fade have the same gains") {
  Random random(kSeed);
  std::vector<int16_t> from = Noise(random, 320, 4'000);
  std::vector<int16_t> to = Noise(random, 320, 4'000);
  for (size_t i = 0; i < from.size(); i += 2) {
    from[i + 1] = from[i];
    to[i + 1] = to[i];
  }
  std::vector<int16_t> out(from.size());
  CrossFade(from, to, 2, 0.5f, out);
  for (size_t i = 0; i < out.size(); i += 2) CHECK(out[i] == out[i + 1]);
}

TEST_CASE("a fade of full scale is limited to full scale") {
  const std::vector<int16_t> lowest(160, INT16_MIN);
  std::vector<int16_t> out(160);
  CrossFade(lowest, lowest, 1, 0.0f, out);
  CHECK(std::ranges::all_of(out, [](int16_t s) { return s == INT16_MIN; }));
}

TEST_CASE("a ramp starts at its gain and goes up to the next sample") {
  std::vector<int16_t> pcm(200, 1000);
  RampToUnity(pcm, 2, 0.25f);
  CHECK(pcm[0] == 250);
  CHECK(pcm[1] == 250);
  CHECK(pcm[198] == 993);
  CHECK(std::ranges::is_sorted(pcm));
}

}  // namespace
}  // namespace earshot
