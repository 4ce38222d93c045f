#include "receiver/payload_slab.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "simulated_call.h"

namespace earshot {
namespace {

std::vector<uint8_t> Payload(size_t bytes, uint8_t value) {
  return std::vector<uint8_t>(bytes, value);
}

TEST_CASE("all of the room can be used, and none of it twice") {
  PayloadSlab slab(4096);
  std::vector<uint16_t> places;
  for (uint8_t i = 0;; ++i) {
    const auto place = slab.Store(Payload(100, i));  // 4 units of 32 bytes.
    if (!place) break;
    places.push_back(*place);
  }
  CHECK(places.size() == 4096 / 128);
  for (size_t i = 0; i < places.size(); ++i) {
    const auto bytes = slab.At(places[i], 100);
    CHECK(std::ranges::count(bytes, static_cast<uint8_t>(i)) == 100);
  }
}

TEST_CASE("an empty payload has a place, too") {
  PayloadSlab slab(2048);
  int count = 0;
  while (const auto place = slab.Store({})) {
    CHECK(slab.At(*place, 0).empty());
    ++count;
  }
  CHECK(count == 64);
}

TEST_CASE("a payload is kept in one piece, wherever the gaps are") {
  PayloadSlab slab(2048);
  std::vector<uint16_t> places;
  while (const auto place = slab.Store(Payload(32, 1))) {
    places.push_back(*place);
  }
  // Every second unit: half of the room, but no two units in a row.
  for (size_t i = 0; i < places.size(); i += 2) slab.Free(places[i], 32);
  CHECK_FALSE(slab.Store(Payload(33, 2)));
  slab.Free(places[31], 32);  // With 30 and 32 there are three.
  const auto place = slab.Store(Payload(96, 3));
  REQUIRE(place);
  CHECK(*place == 30);
}

TEST_CASE("what is never held at once is never touched") {
  constexpr uint64_t kSeed = 3;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  PayloadSlab slab(61'440);
  struct Stored {
    uint16_t place;
    size_t bytes;
  };
  std::deque<Stored> held;
  size_t highest_unit = 0;
  for (int i = 0; i < 20'000; ++i) {
    const size_t bytes = random.Below(120);
    const auto place = slab.Store(Payload(bytes, 1));
    REQUIRE(place);
    highest_unit = std::max(highest_unit, *place + (bytes + 31) / 32);
    held.push_back({*place, bytes});
    if (held.size() > 50) {  // A second of voice.
      slab.Free(held.front().place, held.front().bytes);
      held.pop_front();
    }
  }
  // 50 of at most 4 units, and gaps between them.
  CHECK(highest_unit <= 51 * 4);
}

TEST_CASE("payloads of a long call stay whole while others come and go") {
  struct Stored {
    uint16_t place;
    std::vector<uint8_t> payload;
  };
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    PayloadSlab slab(8192);
    std::deque<Stored> held;
    size_t held_bytes = 0;
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto payload = Payload(random.Below(i % 50 == 0 ? 1200 : 200),
                                   static_cast<uint8_t>(random.Next()));
      while (held_bytes + payload.size() > 4096) {
        // Mostly the oldest leaves.
        const size_t at =
            random.Below(8) == 0 ? random.Below(held.size()) : size_t{0};
        const Stored& stored = held[at];
        const auto bytes = slab.At(stored.place, stored.payload.size());
        REQUIRE(std::ranges::equal(bytes, stored.payload));
        slab.Free(stored.place, stored.payload.size());
        held_bytes -= stored.payload.size();
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
      }
      if (const auto place = slab.Store(payload)) {
        held.push_back({*place, payload});
        held_bytes += payload.size();
      } else {
        ++refused;
      }
    }
    CHECK(refused < 20);  // Half of it is free.
    for (const Stored& stored : held) {
      slab.Free(stored.place, stored.payload.size());
    }
    CHECK(slab.Store(Payload(8192, 0)));
  }
}

}  // namespace
}  // namespace earshot
