#include "codec/coded_packet.h"

#include <doctest/doctest.h>

#include "opus/opus_packet.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr CodecFormat kOpus = {CodecKind::kOpus, 48'000, 2};
constexpr CodecFormat kPcmu = {CodecKind::kPcmu, 8'000, 1};
constexpr CodecFormat kPcmaStereo = {CodecKind::kPcma, 8'000, 2};
constexpr CodecFormat kL16 = {CodecKind::kL16, 16'000, 1};
constexpr CodecFormat kL16Stereo = {CodecKind::kL16, 48'000, 2};
constexpr CodecFormat kWidePcmu = {CodecKind::kPcmu, 32'000, 1};

void CheckTicks(const CodecFormat& format, size_t bytes, int ticks) {
  CAPTURE(bytes);
  const auto packet = ParseCodedPacket(format, Bytes(bytes));
  REQUIRE(packet);
  CHECK(packet->duration_ticks == ticks);
  CHECK(packet->frame_ticks == ticks);
  CHECK_FALSE(packet->has_lbrr);
  CHECK_FALSE(packet->is_dtx);
}

TEST_CASE("tells the duration of PCM by its bytes") {
  CheckTicks(kPcmu, 160, 960);
  CheckTicks(kPcmu, 20, kGridTicks);
  CheckTicks(kPcmu, 960, kMaxPacketTicks);
  CheckTicks(kPcmaStereo, 320, 960);
  CheckTicks(kL16, 640, 960);
  CheckTicks(kL16Stereo, 3840, 960);
  CheckTicks(kWidePcmu, 80, kGridTicks);
}

TEST_CASE("refuses PCM off the grid, torn or too long") {
  CHECK_FALSE(ParseCodedPacket(kPcmu, {}));
  CHECK_FALSE(ParseCodedPacket(kPcmu, Bytes(159)));
  CHECK_FALSE(ParseCodedPacket(kPcmu, Bytes(980)));
  CHECK_FALSE(ParseCodedPacket(kPcmaStereo, Bytes(321)));
  CHECK_FALSE(ParseCodedPacket(kL16, Bytes(641)));
  CHECK_FALSE(ParseCodedPacket(kL16Stereo, Bytes(3842)));
  CHECK_FALSE(ParseCodedPacket(kWidePcmu, Bytes(81)));
  CHECK_FALSE(ParseCodedPacket(kWidePcmu, Bytes(100'000)));
}

TEST_CASE("tells of Opus what its own parser tells") {
  Talk talk;
  talk.fec = true;
  talk.frames = 40;
  for (const SentPacket& packet : Encode(talk)) {
    const auto payload = std::span(packet.bytes).subspan(12);
    const auto opus = ParseOpusPacket(payload);
    const auto coded = ParseCodedPacket(kOpus, payload);
    REQUIRE(coded);
    CHECK(coded->duration_ticks == opus->duration_ticks);
    CHECK(coded->frame_ticks == opus->frame_ticks);
    CHECK(coded->has_lbrr == opus->has_lbrr);
    CHECK(coded->is_dtx == opus->is_dtx);
  }
  CHECK_FALSE(ParseCodedPacket(kOpus, {}));
}

TEST_CASE("finds no audio in comfort noise and telephone events") {
  const CodecFormat noise = {CodecKind::kComfortNoise, 8'000, 1};
  const CodecFormat event = {CodecKind::kTelephoneEvent, 8'000, 1};
  const auto noise_packet = ParseCodedPacket(noise, Bytes{60});
  REQUIRE(noise_packet);
  CHECK(noise_packet->duration_ticks == 0);
  CHECK(noise_packet->is_dtx);
  CHECK_FALSE(ParseCodedPacket(noise, {}));
  const auto event_packet = ParseCodedPacket(event, Bytes(4));
  REQUIRE(event_packet);
  CHECK(event_packet->duration_ticks == 0);
  CHECK_FALSE(event_packet->is_dtx);
  CHECK_FALSE(ParseCodedPacket(event, Bytes(5)));
}

TEST_CASE("takes RED for no codec") {
  CHECK_FALSE(
      ParseCodedPacket({CodecKind::kRed, 48'000, 2}, Bytes{111, 0x78, 1}));
}

}  // namespace
}  // namespace earshot
