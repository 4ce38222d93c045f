// Packets of nothing but padding (RFC 3550 5.1), as libwebrtc's pacer sends
// them to probe a path: numbers without time.

#include <doctest/doctest.h>

#include <algorithm>

#include "playout_call.h"
#include "rtp/rtp_header.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr uint8_t kPaddingBit = 0x20;
constexpr size_t kFixedHeaderBytes = 12;

void Renumber(Bytes& packet, int by) {
  const auto number =
      static_cast<uint16_t>(((packet[2] << 8) | packet[3]) + by);
  packet[2] = static_cast<uint8_t>(number >> 8);
  packet[3] = static_cast<uint8_t>(number);
}

// Goes on from `before` by one number, at its time.
SentPacket PaddingBehind(const SentPacket& before, int64_t after_us,
                         uint8_t bytes) {
  SentPacket padding = before;
  padding.at_us += after_us;
  padding.bytes.resize(kFixedHeaderBytes);
  padding.bytes[0] |= kPaddingBit;
  padding.bytes[1] &= 0x7f;
  padding.bytes.resize(kFixedHeaderBytes + bytes, 0);
  padding.bytes.back() = bytes;
  Renumber(padding.bytes, 1);
  return padding;
}

// Two packets of padding behind every `every`th of the talk, which are
// numbered on behind them. `places` gets where they are.
std::vector<SentPacket> WithPadding(const std::vector<SentPacket>& talk,
                                    size_t every, std::vector<size_t>& places) {
  std::vector<SentPacket> packets;
  int by = 0;
  for (size_t i = 0; i < talk.size(); ++i) {
    packets.push_back(talk[i]);
    Renumber(packets.back().bytes, by);
    if (i % every != every - 1) continue;
    for (int k = 0; k < 2; ++k) {
      places.push_back(packets.size());
      packets.push_back(PaddingBehind(packets.back(), 3 * kMs, 224));
    }
    by += 2;
  }
  return packets;
}

TEST_CASE("padding takes numbers, and changes nothing of what is heard") {
  for (const bool dtx : {false, true}) {
    CAPTURE(dtx);
    Talk talk = {.frames = 200, .fec = true, .dtx = dtx};
    talk.voiced = [](int frame) { return frame % 100 < 60; };
    const auto sent = Encode(talk);
    std::vector<size_t> places;
    const auto padded = WithPadding(sent, 7, places);
    Receiver receiver{ReceiverConfig()};
    CHECK(Listen(receiver, padded) == Listen(ReceiverConfig(), sent));

    const Counters& counters = receiver.ReadCounters();
    CHECK(counters.packets_received == static_cast<int64_t>(padded.size()));
    CHECK(counters.packets_lost == 0);
    CHECK(counters.packets_malformed == 0);
    CHECK(counters.packets_conflicting == 0);
    CHECK(counters.packets_late == 0);
    CHECK(counters.timestamp_jumps == 0);
    Receiver plain{ReceiverConfig()};
    Listen(plain, sent);
    CHECK(counters.jitter_ticks_q4 == plain.ReadCounters().jitter_ticks_q4);
  }
}

TEST_CASE("padding changes nothing of what is played") {
  const auto sent = Jittered(Encode({.frames = 200}), 30 * kMs, 5);
  std::vector<size_t> places;
  const auto padded = WithPadding(sent, 7, places);
  CHECK(PlayOut(PlayoutReceiver(), padded) == PlayOut(PlayoutReceiver(), sent));
}

TEST_CASE("padding that is lost is loss, of which nothing is made up") {
  const auto sent = Encode({.frames = 100});
  std::vector<size_t> places;
  const auto padded = WithPadding(sent, 10, places);
  Receiver receiver{ReceiverConfig()};
  const std::vector<size_t> lost = {places[0], places[2], places[3], places[5]};
  const auto heard = Listen(receiver, Without(padded, lost));
  CHECK(JoinPcm(heard) == JoinPcm(Listen(ReceiverConfig(), sent)));
  CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
  CHECK(receiver.ReadCounters().packets_lost == 4);
}

TEST_CASE("audio lost beside padding comes from the copy as without it") {
  const auto sent = Encode({.frames = 100, .fec = true});
  for (size_t every = 3; every < 12; ++every) {
    CAPTURE(every);
    std::vector<size_t> places;
    const auto padded = WithPadding(sent, every, places);
    // What is lost stands right before the padding, its copy right behind.
    const auto heard =
        Listen(ReceiverConfig(), Without(padded, {places[4] - 1}));
    const size_t audio = 3 * every - 1;
    const auto plain = Listen(ReceiverConfig(), Without(sent, {audio}));
    CHECK(JoinPcm(heard) == JoinPcm(plain));
    CHECK(TicksFrom(heard, Provenance::kFec) ==
          TicksFrom(plain, Provenance::kFec));
  }
}

TEST_CASE("padding that comes again, or late, is no audio either") {
  const auto sent = Encode({.frames = 100});
  std::vector<size_t> places;
  auto padded = WithPadding(sent, 10, places);
  padded[places[4]].at_us += 400 * kMs;
  padded.push_back(padded[places[0]]);
  padded.back().at_us += 30 * kMs;
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, padded);
  CHECK(JoinPcm(heard) == JoinPcm(Listen(ReceiverConfig(), sent)));
  const Counters& counters = receiver.ReadCounters();
  CHECK(counters.packets_duplicate == 1);
  CHECK(counters.packets_conflicting == 0);
  CHECK(counters.packets_reordered == 1);
  CHECK(counters.packets_lost == 0);
  CHECK(counters.packets_received == 120);
}

TEST_CASE("padding before the first audio is on probation, and no loss") {
  const auto sent = Encode({.frames = 50});
  std::vector<SentPacket> packets;
  for (int i = 5; i >= 1; --i) {
    SentPacket padding = PaddingBehind(sent[0], -i * 10 * kMs, 100);
    Renumber(padding.bytes, -1 - i);
    packets.push_back(padding);
  }
  packets.insert(packets.end(), sent.begin(), sent.end());
  for (SentPacket& packet : packets) packet.at_us += 100 * kMs;
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.front().frame.media_ticks == 0);
  CHECK(heard.front().at_us == packets[5].at_us);
  CHECK(TicksFrom(heard, Provenance::kReceived) == 50 * 20 * kTicksPerMs);
  CHECK(receiver.ReadCounters().packets_on_probation == 5);
  CHECK(receiver.ReadCounters().packets_received == 50);
  CHECK(receiver.ReadCounters().packets_lost == 0);
}

TEST_CASE("padding with the payload type of RED is padding") {
  ReceiverConfig config;
  config.payloads.Set(111, CodecFormat());
  config.payloads.Set(63, {CodecKind::kRed, 48'000, 2});
  const auto sent = Encode({.frames = 50});
  std::vector<size_t> places;
  auto padded = WithPadding(sent, 10, places);
  for (const size_t place : places) padded[place].bytes[1] = 63;
  Receiver receiver{config};
  CHECK(JoinPcm(Listen(receiver, padded)) == JoinPcm(Listen(config, sent)));
  CHECK(receiver.ReadCounters().packets_malformed == 0);
  CHECK(receiver.ReadCounters().packets_lost == 0);
}

}  // namespace
}  // namespace earshot
