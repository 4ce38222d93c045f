#include "opus/opus_packet.h"

#include <doctest/doctest.h>

#include "simulated_call.h"

namespace earshot {
namespace {

std::span<const uint8_t> PayloadOf(const SentPacket& packet) {
  return std::span(packet.bytes).subspan(12);
}

TEST_CASE("tells the duration of every frame size an encoder makes") {
  for (const int frame_ms : {10, 20, 40, 60}) {
    Talk talk;
    talk.frames = 5;
    talk.frame_ms = frame_ms;
    for (const SentPacket& packet : Encode(talk)) {
      const auto opus = ParseOpusPacket(PayloadOf(packet));
      REQUIRE(opus);
      CHECK(opus->duration_ticks == frame_ms * kTicksPerMs);
    }
  }
}

TEST_CASE("sees in-band copies exactly where the encoder writes them") {
  for (const int frame_ms : {10, 20, 60}) {
    CAPTURE(frame_ms);
    Talk talk;
    talk.frame_ms = frame_ms;
    int with_copy = 0;
    int without_copy = 0;
    talk.fec = true;
    for (const SentPacket& packet : Encode(talk)) {
      with_copy += ParseOpusPacket(PayloadOf(packet))->has_lbrr ? 1 : 0;
    }
    talk.fec = false;
    for (const SentPacket& packet : Encode(talk)) {
      without_copy += ParseOpusPacket(PayloadOf(packet))->has_lbrr ? 1 : 0;
    }
    CHECK(with_copy > 50);  // The encoder copies active speech only.
    CHECK(without_copy == 0);
  }
}

TEST_CASE("takes a packet of at most two bytes for announced silence") {
  Talk talk;
  talk.dtx = true;
  talk.voiced = [](int frame) { return frame < 30; };
  const auto packets = Encode(talk);

  CHECK_FALSE(ParseOpusPacket(PayloadOf(packets[10]))->is_dtx);
  CHECK(ParseOpusPacket(PayloadOf(packets.back()))->is_dtx);
}

TEST_CASE("refuses what RFC 6716 3.4 forbids") {
  CHECK_FALSE(ParseOpusPacket({}));
  // Code 3 with no frame count, with 0 frames, and with 49 frames of 2.5 ms.
  CHECK_FALSE(ParseOpusPacket(std::vector<uint8_t>{0x7b}));
  CHECK_FALSE(ParseOpusPacket(std::vector<uint8_t>{0x7b, 0x00}));
  CHECK_FALSE(ParseOpusPacket(std::vector<uint8_t>{0xe3, 49}));
  // Code 1 (two equal frames) with an odd number of bytes.
  CHECK_FALSE(ParseOpusPacket(std::vector<uint8_t>{0x79, 1, 2, 3}));
  // 3 frames of 60 ms are more than 120 ms.
  CHECK_FALSE(ParseOpusPacket(std::vector<uint8_t>{0x1b, 3, 1, 2, 3}));
}

}  // namespace
}  // namespace earshot
