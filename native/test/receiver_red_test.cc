// RED: identical copies of packets in later ones.

#include <doctest/doctest.h>

#include <algorithm>

#include "pcm_talk.h"
#include "red_writer.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int kRedType = 63;
constexpr CodecFormat kRed = {CodecKind::kRed, 48'000, 2};

ReceiverConfig RedConfig() {
  ReceiverConfig config;
  config.payloads.Set(111, CodecFormat());
  config.payloads.Set(kRedType, kRed);
  return config;
}

// The same packets, each with the payloads of those before it.
std::vector<SentPacket> WithCopies(const std::vector<SentPacket>& packets,
                                   int distance) {
  std::vector<SentPacket> red;
  RedWriter writer(distance, 111);
  for (const SentPacket& packet : packets) {
    const auto header = ParseRtpHeader(packet.bytes);
    const auto payload =
        std::span(packet.bytes).subspan(header->payload_offset);
    red.push_back(
        {packet.at_us, WriteRtp({.payload_type = kRedType,
                                 .sequence_number = header->sequence_number,
                                 .timestamp = header->timestamp},
                                writer.Write(header->timestamp, payload))});
  }
  return red;
}

std::vector<size_t> Burst(size_t place, int length) {
  std::vector<size_t> lost;
  for (int i = 0; i < length; ++i)
    lost.push_back(place + static_cast<size_t>(i));
  return lost;
}

TEST_CASE("without loss RED is the same call, and its copies are nothing") {
  const auto sent = Encode({});
  for (const int distance : {0, 1, 2, 3}) {
    CAPTURE(distance);
    Receiver receiver{RedConfig()};
    const auto heard = Listen(receiver, WithCopies(sent, distance));
    CHECK(heard == Listen(ReceiverConfig(), sent));
    CHECK(receiver.ReadCounters().packets_duplicate == 0);
    CHECK(receiver.ReadCounters().packets_late == 0);
    CHECK(receiver.ReadCounters().packets_received == 100);
  }
}

TEST_CASE("bursts up to the distance are taken from copies, bit for bit") {
  const auto sent = Encode({});
  for (const int distance : {1, 2, 3}) {
    for (int length = 1; length <= distance; ++length) {
      CAPTURE(distance);
      CAPTURE(length);
      Receiver receiver{RedConfig()};
      const auto heard = Listen(
          receiver, Without(WithCopies(sent, distance), Burst(50, length)));
      CHECK(TilesTheTimeline(heard));
      CHECK(JoinPcm(heard) == DecodePlainly(sent, 16'000));
      CHECK(TicksFrom(heard, Provenance::kRed) == length * 20 * kTicksPerMs);
      CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
      // It waited for the copy and no longer.
      const int64_t copy_us = sent[50 + static_cast<size_t>(length)].at_us;
      for (const HeardFrame& frame : heard) {
        if (frame.frame.provenance != Provenance::kRed) continue;
        CHECK(frame.at_us == copy_us);
        CHECK(frame.frame.arrival_us == copy_us);
      }
      CHECK(receiver.ReadCounters().packets_lost == length);
    }
  }
}

TEST_CASE("of a longer burst the last packets are taken from copies") {
  const auto sent = Encode({});
  for (const int distance : {1, 2, 3}) {
    CAPTURE(distance);
    const auto heard =
        Listen(RedConfig(), Without(WithCopies(sent, distance), Burst(50, 5)));
    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kRed) == distance * 20 * kTicksPerMs);
    CHECK(TicksFrom(heard, Provenance::kPlc) ==
          (5 - distance) * 20 * kTicksPerMs);
  }
}

TEST_CASE("copies are told from one another by frames of every length") {
  for (const int frame_ms : {10, 20, 40, 60}) {
    CAPTURE(frame_ms);
    Talk talk;
    talk.frame_ms = frame_ms;
    const auto sent = Encode(talk);
    const auto heard =
        Listen(RedConfig(), Without(WithCopies(sent, 2), Burst(50, 2)));
    CHECK(JoinPcm(heard) == DecodePlainly(sent, 16'000));
  }
}

TEST_CASE("copies of PCM are taken as those of Opus are") {
  constexpr CodecFormat kPcmu = {CodecKind::kPcmu, 8'000, 1};
  PcmTalk talk;
  talk.format = kPcmu;
  const auto sent = EncodePcm(talk);
  RedWriter writer(1, 0);
  std::vector<SentPacket> red;
  for (const SentPacket& packet : sent) {
    const auto header = ParseRtpHeader(packet.bytes);
    red.push_back(
        {packet.at_us,
         WriteRtp({.payload_type = kRedType,
                   .sequence_number = header->sequence_number,
                   .timestamp = header->timestamp},
                  writer.Write(header->timestamp,
                               std::span(packet.bytes).subspan(12)))});
  }
  ReceiverConfig config = ConfigOf(0, kPcmu);
  config.payloads.Set(kRedType, {CodecKind::kRed, 8'000, 1});
  const auto heard = Listen(config, Without(red, {30, 60}));
  CHECK(JoinPcm(heard) == DecodePcmPlainly(sent, kPcmu, 16'000));
  CHECK(TicksFrom(heard, Provenance::kRed) == 2 * 20 * kTicksPerMs);
}

TEST_CASE("the original behind its copy changes nothing but counters") {
  const auto sent = Encode({});
  const auto red = WithCopies(sent, 2);
  for (const int64_t delay_ms : {30, 100, 400}) {
    CAPTURE(delay_ms);
    auto late = red;
    late[50].at_us += delay_ms * kMs;
    Receiver receiver{RedConfig()};
    CHECK(Listen(receiver, late) == Listen(RedConfig(), Without(red, {50})));
    const Counters& counters = receiver.ReadCounters();
    CHECK(counters.packets_lost == 0);
    CHECK(counters.packets_received == 100);
    CHECK(counters.packets_duplicate == 0);
    CHECK(counters.packets_reordered == 1);

    // A second original is one.
    late.push_back(late[50]);
    Receiver again{RedConfig()};
    Listen(again, late);
    CHECK(again.ReadCounters().packets_duplicate == 1);
  }
}

TEST_CASE("a copy that comes after its deadline repairs") {
  const auto sent = Encode({});
  auto packets = WithCopies(sent, 1);
  // Nothing for 300 ms; what comes then holds a copy of the lost one.
  for (size_t i = 51; i < 66; ++i) packets[i].at_us = packets[66].at_us;
  packets = Without(packets, {50});
  Receiver receiver{RedConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kRed) == 0);
  CHECK(receiver.ReadCounters().repairs >= 1);
  const auto repaired = ApplyRepairs(heard, 16'000);
  CHECK(repaired.pcm == DecodePlainly(sent, 16'000));
  CHECK(repaired.TicksFrom(Provenance::kRed) == 20 * kTicksPerMs);
}

TEST_CASE("loss of one packet in five leaves none of distance two to make up") {
  constexpr uint64_t kSeed = 7;
  Random random(kSeed);
  const auto sent = Encode({.frames = 400});
  std::vector<size_t> lost;
  for (size_t i = 1; i + 2 < sent.size(); ++i) {
    const bool two_before = lost.size() >= 2 && lost.back() == i - 1 &&
                            lost[lost.size() - 2] == i - 2;
    if (!two_before && random.Below(5) == 0) lost.push_back(i);
  }
  const auto heard = Listen(RedConfig(), Without(WithCopies(sent, 2), lost));
  CHECK(JoinPcm(heard) == DecodePlainly(sent, 16'000));
  CHECK(TicksFrom(heard, Provenance::kRed) ==
        static_cast<int64_t>(lost.size()) * 20 * kTicksPerMs);
}

TEST_CASE("a stream may go over to RED and back") {
  const auto sent = Encode({});
  auto packets = WithCopies(sent, 1);
  for (size_t i = 0; i < packets.size(); ++i) {
    if (i < 30 || i >= 70) packets[i] = sent[i];
  }
  Receiver receiver{RedConfig()};
  CHECK(Listen(receiver, packets) == Listen(ReceiverConfig(), sent));
  CHECK(receiver.ReadCounters().timestamp_jumps == 0);
}

TEST_CASE("RED of what was not negotiated is counted, not decoded") {
  ReceiverConfig config;
  config.payloads.Set(100, CodecFormat());
  config.payloads.Set(kRedType, kRed);
  Receiver receiver{config};
  CHECK(Listen(receiver, WithCopies(Encode({}), 1)).empty());
  CHECK(receiver.ReadCounters().packets_other_payload == 100);
}

TEST_CASE("hostile RED ends in counters, and the call around it goes on") {
  const auto sent = Encode({.frames = 200});
  const auto red = WithCopies(sent, 2);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    auto packets = red;
    for (size_t i = 1; i < packets.size(); ++i) {
      Bytes& bytes = packets[i].bytes;
      switch (random.Below(8)) {
        case 0:  // Anything anywhere behind the header.
          for (int change = 0; change < 3; ++change) {
            bytes[12 + random.Below(bytes.size() - 12)] =
                static_cast<uint8_t>(random.Next() >> 32);
          }
          break;
        case 1:  // Cut anywhere.
          bytes.resize(12 + random.Below(bytes.size() - 12));
          break;
        case 2:  // Block headers without end.
          std::fill(bytes.begin() + 12, bytes.end(), uint8_t{0xef});
          break;
        default:
          break;
      }
    }
    Receiver receiver{RedConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    const Counters& counters = receiver.ReadCounters();
    CHECK(counters.red_blocks_refused > 0);
    CHECK(counters.packets_malformed > 0);
    CHECK(counters.packets_received + counters.packets_malformed +
              counters.packets_other_payload + counters.packets_duplicate ==
          200);
    CHECK(TicksFrom(heard, Provenance::kReceived) >= 100 * 20 * kTicksPerMs);
  }
}

TEST_CASE("a sender of RED that steps back to its beginning loses nothing") {
  Talk talk = {.frames = 350};
  const auto said = Encode(talk);
  const std::vector<SentPacket> first(said.begin(), said.begin() + 200);
  std::vector<SentPacket> again(said.begin() + 200, said.end());
  for (size_t i = 0; i < again.size(); ++i) {
    std::copy_n(said[i].bytes.begin(), 12, again[i].bytes.begin());
  }
  auto packets = WithCopies(first, 1);
  for (const SentPacket& packet : WithCopies(again, 1)) {
    packets.push_back(packet);
  }
  Receiver receiver(RedConfig());
  const auto heard = Listen(receiver, packets);
  CHECK(TicksFrom(heard, Provenance::kReceived) == 350 * 20 * kTicksPerMs);
  CHECK(receiver.ReadCounters().restarts == 1);
  CHECK(receiver.ReadCounters().packets_duplicate == 0);
}

}  // namespace
}  // namespace earshot
