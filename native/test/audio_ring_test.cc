#include "receiver/audio_ring.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "simulated_call.h"

namespace earshot {
namespace {

int16_t ValueAt(int64_t position) {
  return static_cast<int16_t>(position % 30'011);
}

std::vector<int16_t> PcmFrom(int64_t position, size_t samples) {
  std::vector<int16_t> pcm(samples);
  for (size_t i = 0; i < samples; ++i) {
    pcm[i] = ValueAt(position + static_cast<int64_t>(i));
  }
  return pcm;
}

std::vector<int16_t> ReadFrom(const AudioRing& ring, int64_t position,
                              size_t samples) {
  std::vector<int16_t> pcm(samples);
  ring.Read(position, pcm);
  return pcm;
}

TEST_CASE("what is kept is what was written there, however long it gets") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    AudioRing ring(1'000, 1 + random.Below(300));
    int64_t end = 0;
    int64_t forgotten = 0;
    for (int i = 0; i < 2'000; ++i) {
      const int64_t oldest = ring.begin();
      switch (random.Below(8)) {
        case 0:  // The reader goes on.
          forgotten += static_cast<int64_t>(
              random.Below(static_cast<uint64_t>(end - oldest) + 1));
          forgotten = std::clamp(forgotten, oldest, end);
          ring.Forget(forgotten);
          break;
        case 1: {  // What was there before is written anew.
          const int64_t at = std::max<int64_t>(
              0, end - static_cast<int64_t>(random.Below(1'300)));
          const auto samples = static_cast<size_t>(std::min<int64_t>(
              end - at, static_cast<int64_t>(random.Below(200))));
          ring.Write(at, PcmFrom(at, samples));
          REQUIRE(ring.begin() == oldest);
          break;
        }
        default: {
          const size_t samples = random.Below(130);
          ring.Write(end, PcmFrom(end, samples));
          end += static_cast<int64_t>(samples);
          break;
        }
      }
      // Nothing goes but what was forgotten, or is too much.
      REQUIRE(ring.begin() <= std::max<int64_t>({0, forgotten, end - 1'000}));
      REQUIRE(end - ring.begin() <= 1'000);
      REQUIRE(ReadFrom(ring, ring.begin(),
                       static_cast<size_t>(end - ring.begin())) ==
              PcmFrom(ring.begin(), static_cast<size_t>(end - ring.begin())));
    }
  }
}

TEST_CASE("until it is full nothing goes that was not forgotten") {
  AudioRing ring(1'000, 10);
  for (int64_t at = 0; at < 1'000; at += 50) ring.Write(at, PcmFrom(at, 50));
  CHECK(ring.begin() == 0);
  CHECK(ReadFrom(ring, 0, 1'000) == PcmFrom(0, 1'000));
  ring.Write(1'000, PcmFrom(1'000, 1));
  CHECK(ring.begin() == 1);
}

TEST_CASE("what was forgotten is not written any more") {
  AudioRing ring(100, 100);
  ring.Write(0, PcmFrom(0, 90));
  ring.Forget(40);
  ring.Write(140, {});
  // In the place of 0 to 19, and of no others.
  ring.Write(100, PcmFrom(100, 20));
  ring.Write(0, std::vector<int16_t>(45, -1));
  CHECK(ReadFrom(ring, 40, 5) == std::vector<int16_t>(5, -1));
  CHECK(ReadFrom(ring, 100, 20) == PcmFrom(100, 20));
}

TEST_CASE("a reader that keeps up leaves the rest of it untouched") {
  AudioRing ring(10'000, 100);
  for (int64_t at = 0; at < 50'000; at += 20) {
    ring.Write(at, PcmFrom(at, 20));
    ring.Forget(at - 60);
  }
  CHECK(ring.size() == 100);
  ring.Write(50'000, PcmFrom(50'000, 200));
  CHECK(ring.size() < 600);
}

TEST_CASE("a ring of nothing keeps nothing") {
  AudioRing ring(0, 100);
  ring.Write(0, PcmFrom(0, 10));
  CHECK(ring.begin() == 10);
}

}  // namespace
}  // namespace earshot
