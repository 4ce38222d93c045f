#include "rtp/telephone_event.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int kClockRateHz = 8000;
constexpr int kTicksPerSample = 6;  // 48 kHz / 8 kHz.

Bytes Block(int event, int duration_samples, bool is_end = false) {
  return {static_cast<uint8_t>(event),
          static_cast<uint8_t>((is_end ? 0x80 : 0) | 10),
          static_cast<uint8_t>(duration_samples >> 8),
          static_cast<uint8_t>(duration_samples)};
}

struct Packet {
  int64_t position_ticks = 0;
  Bytes payload;
};

// A key as it is sent: an update every 20 ms, the final one three times.
std::vector<Packet> Press(int event, int64_t start_ticks,
                          int duration_samples) {
  std::vector<Packet> packets;
  for (int so_far = 160; so_far < duration_samples; so_far += 160) {
    packets.push_back({start_ticks, Block(event, so_far)});
  }
  for (int i = 0; i < 3; ++i) {
    packets.push_back({start_ticks, Block(event, duration_samples, true)});
  }
  return packets;
}

std::vector<TelephoneEvent> Track(const std::vector<Packet>& packets) {
  TelephoneEventTracker tracker(kClockRateHz);
  std::vector<TelephoneEvent> events;
  int64_t now_us = 0;
  for (const Packet& packet : packets) {
    const auto reports =
        tracker.Push(packet.position_ticks, packet.payload, now_us);
    events.insert(events.end(), reports.begin(), reports.end());
    now_us += 20'000;
  }
  if (const auto due_us = tracker.expires_us()) {
    CHECK_FALSE(tracker.Expire(*due_us - 1));
    const auto last = tracker.Expire(*due_us);
    REQUIRE(last);
    events.push_back(*last);
    CHECK_FALSE(tracker.Expire(*due_us));
  }
  return events;
}

TelephoneEvent Begun(int event, int64_t start_ticks, int so_far_samples) {
  return {static_cast<uint8_t>(event), false, -10, start_ticks,
          int64_t{so_far_samples} * kTicksPerSample};
}

TelephoneEvent Ended(int event, int64_t start_ticks, int duration_samples) {
  return {static_cast<uint8_t>(event), true, -10, start_ticks,
          int64_t{duration_samples} * kTicksPerSample};
}

TEST_CASE("reads the fields of a telephone event") {
  const auto block = ParseTelephoneEvent(Bytes{11, 0x80 | 0x40 | 63, 0x12, 3});

  REQUIRE(block);
  CHECK(block->event == 11);
  CHECK(block->is_end);
  CHECK(block->level_dbm0 == -63);
  CHECK(block->duration_samples == 0x1203);
  CHECK_FALSE(ParseTelephoneEvent({}));
  CHECK_FALSE(ParseTelephoneEvent(Bytes{1, 2, 3}));
  CHECK_FALSE(ParseTelephoneEvent(Bytes{1, 2, 3, 4, 5}));
}

TEST_CASE("reports a key once when it goes down and once when it comes up") {
  CHECK(Track(Press(5, 48'000, 1000)) ==
        std::vector{Begun(5, 48'000, 160), Ended(5, 48'000, 1000)});
}

TEST_CASE("any packet of a key that arrives is enough") {
  const auto packets = Press(5, 48'000, 800);
  for (const Packet& packet : packets) {
    const auto events = Track({packet});
    REQUIRE(events.size() == 2);
    CHECK_FALSE(events[0].has_ended);
    CHECK(events[1].has_ended);
    CHECK(events[1].start_ticks == 48'000);
  }
}

TEST_CASE("any order of the updates gives the same end") {
  constexpr uint64_t kSeed = 7;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (int round = 0; round < 100; ++round) {
    auto packets = Press(5, 48'000, 1000);
    // The final packets keep their place behind some update.
    for (size_t i = packets.size() - 4; i > 0; --i) {
      std::swap(packets[i], packets[random.Below(i + 1)]);
    }
    const auto events = Track(packets);
    REQUIRE(events.size() == 2);
    CHECK(events[1] == Ended(5, 48'000, 1000));
  }
}

TEST_CASE("updates behind the end do not press the key again") {
  auto packets = Press(5, 48'000, 1000);
  std::reverse(packets.begin(), packets.end());

  CHECK(Track(packets) ==
        std::vector{Begun(5, 48'000, 1000), Ended(5, 48'000, 1000)});
}

TEST_CASE("the same key twice is two events") {
  auto packets = Press(5, 48'000, 800);
  for (const Packet& packet : Press(5, 58'000, 640)) packets.push_back(packet);

  const auto events = Track(packets);

  REQUIRE(events.size() == 4);
  CHECK(events[1] == Ended(5, 48'000, 800));
  CHECK(events[3] == Ended(5, 58'000, 640));
}

TEST_CASE("the next key ends one whose final packets are lost") {
  const std::vector<Packet> packets = {{48'000, Block(1, 160)},
                                       {48'000, Block(1, 320)},
                                       {60'000, Block(2, 160)},
                                       {48'000, Block(1, 400, true)},
                                       {60'000, Block(2, 320, true)}};

  CHECK(Track(packets) ==
        std::vector{Begun(1, 48'000, 160), Ended(1, 48'000, 320),
                    Begun(2, 60'000, 160), Ended(2, 60'000, 320)});
}

TEST_CASE("a key overtaken by the next one is reported late, not dropped") {
  const std::vector<Packet> packets = {{60'000, Block(2, 160)},
                                       {48'000, Block(1, 400, true)},
                                       {60'000, Block(2, 320, true)}};

  CHECK(Track(packets) ==
        std::vector{Begun(2, 60'000, 160), Begun(1, 48'000, 400),
                    Ended(1, 48'000, 400), Ended(2, 60'000, 320)});
}

TEST_CASE("a long event is one event, whatever is lost of its segments") {
  // RFC 4733 2.5.1.3: a segment lasts 65535 ticks of the clock and has no end.
  constexpr int64_t kSegmentTicks = int64_t{0xffff} * kTicksPerSample;
  std::vector<Packet> packets;
  for (int segment = 0; segment < 3; ++segment) {
    for (int so_far = 400; so_far <= 0xffff; so_far += 400) {
      packets.push_back({48'000 + segment * kSegmentTicks, Block(32, so_far)});
    }
  }
  packets.push_back({48'000 + 3 * kSegmentTicks, Block(32, 500, true)});
  // An update of the first segment comes as the very last packet.
  packets.push_back(packets.front());

  const auto whole = Track(packets);
  packets.erase(packets.begin() + 100, packets.begin() + 170);
  const auto torn = Track(packets);

  for (const auto& events : {whole, torn}) {
    REQUIRE(events.size() == 2);
    CHECK(events[0] == Begun(32, 48'000, 400));
    CHECK(events[1] == Ended(32, 48'000, 3 * 0xffff + 500));
  }
}

TEST_CASE("packets that come after an event has expired change nothing") {
  TelephoneEventTracker tracker(kClockRateHz);
  CHECK(tracker.Push(48'000, Block(7, 160), 0).size() == 1);
  REQUIRE(tracker.Expire(10'000'000));

  CHECK(tracker.Push(48'000, Block(7, 320), 10'000'000).empty());
  CHECK(tracker.Push(48'000, Block(7, 400, true), 10'000'000).empty());
  CHECK_FALSE(tracker.expires_us());
}

TEST_CASE("events packed into one packet follow each other") {
  Bytes packed = Block(1, 400, true);
  for (const uint8_t byte : Block(2, 240, true)) packed.push_back(byte);
  for (const uint8_t byte : Block(3, 80)) packed.push_back(byte);

  const auto events = Track({{48'000, packed}, {48'000, packed}});

  CHECK(events == std::vector{Begun(1, 48'000, 400), Ended(1, 48'000, 400),
                              Begun(2, 50'400, 240), Ended(2, 50'400, 240),
                              Begun(3, 51'840, 80), Ended(3, 51'840, 80)});
}

TEST_CASE("hostile blocks begin and end events in pairs") {
  constexpr uint64_t kSeed = 20260124;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  TelephoneEventTracker tracker(kClockRateHz);
  int64_t begun = 0;
  int64_t ended = 0;
  int64_t now_us = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes payload(random.Below(70));
    for (uint8_t& byte : payload) {
      byte = static_cast<uint8_t>(random.Next() >> 32);
    }
    if (!payload.empty()) payload[0] &= 3;  // So that some blocks belong.
    const auto position_ticks = static_cast<int64_t>(random.Below(1 << 20));
    for (const TelephoneEvent& event :
         tracker.Push(position_ticks, payload, now_us)) {
      (event.has_ended ? ended : begun) += 1;
      CHECK(event.duration_ticks >= 0);
    }
    now_us += static_cast<int64_t>(random.Below(1'000'000));
    if (tracker.Expire(now_us)) ++ended;
    CHECK(begun - ended == (tracker.expires_us() ? 1 : 0));
  }
  CHECK(begun > 1000);
}

}  // namespace
}  // namespace earshot
