#include "receiver/restart_evidence.h"

#include <doctest/doctest.h>

#include <array>

#include "red_writer.h"

namespace earshot {
namespace {

constexpr int kType = 111;
constexpr int kRedType = 63;
constexpr int kFrame = 960;
constexpr int64_t kFirst = 1000;  // Number of the packet at timestamp 0.
constexpr std::array<uint8_t, 3> kSaid = {1, 2, 3};
constexpr std::array<uint8_t, 3> kOther = {1, 2, 4};

// Packets that said all the same: one is lost, of one there is but a copy.
struct Stream {
  PayloadMap payloads;
  PacketBuffer buffer{1 << 16};
  MediaPositions positions{2 * 48'000};
  SenderClock clock;
  RestartEvidence evidence{payloads, buffer, positions};

  explicit Stream(int packets = 100) {
    payloads.Set(kType, CodecFormat());
    payloads.Set(kRedType, {CodecKind::kRed, 48'000, 2});
    for (int i = 0; i < packets; ++i) {
      const int64_t at_us = i * int64_t{20'000};
      const auto position =
          positions.Locate({kFirst + i, static_cast<uint32_t>(i * kFrame),
                            48'000, at_us, kFrame, false, 0},
                           clock);
      clock.OnPacket(*position + kFrame, at_us);
      if (i == 50) continue;
      BufferedPacket packet;
      packet.sequence = kFirst + i;
      packet.is_copy = i == 60;
      buffer.Insert(packet, kSaid);
    }
  }

  bool IsAnother(int64_t place, std::span<const uint8_t> payload,
                 uint8_t payload_type = kType) const {
    RtpHeader header;
    header.payload_type = payload_type;
    header.timestamp = static_cast<uint32_t>(place * kFrame);
    return evidence.IsAnother(header, payload, kFirst + place, kFirst);
  }
};

TEST_CASE("a number that was here is another's when other bytes come with it") {
  const Stream stream;
  for (const int64_t place : {0, 1, 49, 51, 99}) {
    CAPTURE(place);
    CHECK_FALSE(stream.IsAnother(place, kSaid));
    CHECK(stream.IsAnother(place, kOther));
    CHECK(stream.IsAnother(place, std::span(kSaid).first(1)));
  }
}

TEST_CASE("bytes that were released are remembered") {
  Stream stream;
  stream.buffer.Release(kFirst);
  CHECK_FALSE(stream.IsAnother(0, kSaid));
  CHECK(stream.IsAnother(0, kOther));
}

TEST_CASE("a lost packet, padding and the original of a copy are no other's") {
  const Stream stream;
  CHECK_FALSE(stream.IsAnother(50, kOther));
  CHECK_FALSE(stream.IsAnother(60, kOther));
  CHECK_FALSE(stream.IsAnother(20, {}));
}

TEST_CASE("what is no packet of its codec is no other's") {
  CHECK_FALSE(Stream().IsAnother(20, std::span(kSaid).first(2)));
}

TEST_CASE("of RED the packet's own audio counts") {
  const Stream stream;
  RedWriter writer(1, kType);
  writer.Write(0, kOther);
  CHECK_FALSE(stream.IsAnother(1, writer.Write(kFrame, kSaid), kRedType));
  CHECK(stream.IsAnother(2, writer.Write(2 * kFrame, kOther), kRedType));
}

TEST_CASE("before the first packet there is room for what can be repaired") {
  const Stream short_stream(40);  // 0.8 s.
  CHECK_FALSE(short_stream.IsAnother(-1, kSaid));
  CHECK_FALSE(short_stream.IsAnother(-10, kSaid));
  CHECK(short_stream.IsAnother(-11, kSaid));
  CHECK(Stream().IsAnother(-1, kSaid));
}

TEST_CASE("a number from before the first with a newer time is another's") {
  const Stream stream(40);
  RtpHeader header;
  header.payload_type = kType;
  header.timestamp = 40 * kFrame;
  CHECK(stream.evidence.IsAnother(header, kSaid, kFirst - 1, kFirst));
}

}  // namespace
}  // namespace earshot
