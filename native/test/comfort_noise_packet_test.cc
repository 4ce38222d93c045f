#include "codec/comfort_noise_packet.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "dsp/comfort_noise.h"
#include "dsp/level.h"
#include "simulated_call.h"

namespace earshot {
namespace {

std::vector<int16_t> Synthesize(const Bytes& payload, size_t samples) {
  ComfortNoiseSynthesizer synthesizer(1);
  synthesizer.Describe(*ParseComfortNoisePacket(payload));
  std::vector<int16_t> pcm(samples);
  synthesizer.Fill(pcm);
  return pcm;
}

double Correlation(const std::vector<int16_t>& a, const std::vector<int16_t>& b,
                   size_t lag) {
  double product = 0;
  double energy_a = 0;
  double energy_b = 0;
  for (size_t i = lag; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i - lag];
    energy_a += static_cast<double>(a[i]) * a[i];
    energy_b += static_cast<double>(b[i - lag]) * b[i - lag];
  }
  return product / std::sqrt(energy_a * energy_b);
}

TEST_CASE("reads level and reflection coefficients") {
  const auto packet =
      ParseComfortNoisePacket(Bytes{0x80 | 61, 127, 0, 254, 191});

  REQUIRE(packet);
  CHECK(packet->level_db == -61);
  CHECK(packet->reflection[0] == 0);
  CHECK(packet->reflection[1] == doctest::Approx(-0.99));
  CHECK(packet->reflection[2] == doctest::Approx(0.99));
  CHECK(packet->reflection[3] == doctest::Approx(258.0 * 64 / 32768));
  CHECK(packet->reflection[4] == 0);
  CHECK_FALSE(ParseComfortNoisePacket({}));
  CHECK(ParseComfortNoisePacket(Bytes(1000, 200))->reflection[11] > 0.5f);
}

TEST_CASE("makes noise of the level that was sent, whatever its spectrum") {
  for (const int level : {20, 40, 60, 70}) {
    for (const Bytes& spectrum :
         {Bytes{}, Bytes{40}, Bytes{220}, Bytes{30, 200, 100, 150},
          Bytes{50, 140, 100, 160, 90, 127, 140, 120, 130, 125, 128, 131}}) {
      CAPTURE(level);
      Bytes payload = {static_cast<uint8_t>(level)};
      payload.insert(payload.end(), spectrum.begin(), spectrum.end());
      const float level_db = LevelDb(Synthesize(payload, 80'000));
      CHECK(std::abs(level_db + static_cast<float>(level)) < 0.6f);
    }
  }
}

TEST_CASE("a negative first coefficient makes low noise, a positive one high") {
  // A(z) = 1 + k z^-1, so neighbours correlate by -k.
  for (const int index : {37, 90, 127, 164, 217}) {
    const double k = 258.0 * (index - 127) / 32768;
    const auto pcm = Synthesize(Bytes{30, static_cast<uint8_t>(index)}, 80'000);
    CHECK(Correlation(pcm, pcm, 1) == doctest::Approx(-k).epsilon(0.05));
  }
}

TEST_CASE("is never digital zero") {
  for (const uint8_t level : {uint8_t{78}, uint8_t{100}, uint8_t{127}}) {
    const auto pcm = Synthesize(Bytes{level}, 8'000);
    CHECK(LevelDb(pcm) == doctest::Approx(kQuietestNoiseDb).epsilon(0.02));
  }
}

TEST_CASE("glides to the next packet's level without a step") {
  ComfortNoiseSynthesizer synthesizer(1);
  synthesizer.Describe(*ParseComfortNoisePacket(Bytes{60}));
  std::vector<int16_t> before(8'000);
  synthesizer.Fill(before);
  synthesizer.Describe(*ParseComfortNoisePacket(Bytes{40}));
  std::vector<int16_t> first(80);
  std::vector<int16_t> later(8'000);
  synthesizer.Fill(first);
  for (int i = 0; i < 4; ++i) synthesizer.Fill(later);

  CHECK(LevelDb(first) < -50);
  CHECK(LevelDb(later) == doctest::Approx(-40).epsilon(0.02));
}

TEST_CASE("a copy goes on alike, another seed is independent") {
  ComfortNoiseSynthesizer left(1);
  left.Describe(*ParseComfortNoisePacket(Bytes{40, 60, 180}));
  std::vector<int16_t> pcm(777);
  left.Fill(pcm);
  ComfortNoiseSynthesizer copy = left;
  std::vector<int16_t> a(8'000);
  std::vector<int16_t> b(8'000);
  left.Fill(a);
  copy.Fill(b);
  CHECK(a == b);

  ComfortNoiseSynthesizer right(12345);
  right.Describe(*ParseComfortNoisePacket(Bytes{40, 60, 180}));
  right.Fill(b);
  CHECK(std::abs(Correlation(a, b, 0)) < 0.1);
}

TEST_CASE("hostile coefficients neither blow up nor last") {
  constexpr uint64_t kSeed = 3389;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  ComfortNoiseSynthesizer synthesizer(1);
  std::vector<int16_t> pcm(160);
  for (int i = 0; i < 10'000; ++i) {
    Bytes payload(1 + random.Below(20));
    for (uint8_t& byte : payload) {
      byte = random.Below(3) == 0 ? (random.Below(2) == 0 ? 0 : 255)
                                  : static_cast<uint8_t>(random.Next() >> 32);
    }
    synthesizer.Describe(*ParseComfortNoisePacket(payload));
    synthesizer.Fill(pcm);
  }
  synthesizer.Describe(*ParseComfortNoisePacket(Bytes{60}));
  std::vector<int16_t> later(8'000);
  for (int i = 0; i < 4; ++i) synthesizer.Fill(later);
  CHECK(LevelDb(later) == doctest::Approx(-60).epsilon(0.02));
}

}  // namespace
}  // namespace earshot
