#include "coded_voice.h"

#include <doctest/doctest.h>
#include <opus.h>

#include <memory>

namespace earshot {
namespace {

void AppendU16(Bytes& bytes, uint32_t value) {
  bytes.push_back(static_cast<uint8_t>(value >> 8));
  bytes.push_back(static_cast<uint8_t>(value));
}

}  // namespace

std::vector<SentPacket> CodeVoice(std::span<const int16_t> pcm,
                                  const Coding& coding) {
  int error = OPUS_OK;
  const std::unique_ptr<OpusEncoder, void (*)(OpusEncoder*)> encoder(
      opus_encoder_create(48'000, coding.channels,
                          // One packet's frames must be of one kind.
                          coding.frames_per_packet == 1
                              ? OPUS_APPLICATION_VOIP
                              : OPUS_APPLICATION_RESTRICTED_LOWDELAY,
                          &error),
      opus_encoder_destroy);
  REQUIRE(error == OPUS_OK);
  opus_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(coding.bitrate_bps));
  opus_encoder_ctl(encoder.get(), OPUS_SET_BANDWIDTH(OPUS_BANDWIDTH_WIDEBAND));
  opus_encoder_ctl(encoder.get(), OPUS_SET_FORCE_CHANNELS(coding.channels));
  const std::unique_ptr<OpusRepacketizer, void (*)(OpusRepacketizer*)>
      repacketizer(opus_repacketizer_create(), opus_repacketizer_destroy);

  const int frame_ticks = coding.frame_us * 48 / 1000;
  const auto frame_samples = static_cast<size_t>(frame_ticks * coding.channels);
  std::vector<SentPacket> packets;
  std::vector<Bytes> frames;
  size_t at = 0;
  while (at + frame_samples * static_cast<size_t>(coding.frames_per_packet) <=
         pcm.size()) {
    const auto timestamp =
        static_cast<uint32_t>(at / static_cast<size_t>(coding.channels));
    // The repacketizer holds pointers into them.
    frames.assign(static_cast<size_t>(coding.frames_per_packet), Bytes(1500));
    opus_repacketizer_init(repacketizer.get());
    for (Bytes& frame : frames) {
      const int size =
          opus_encode(encoder.get(), pcm.data() + at, frame_ticks, frame.data(),
                      static_cast<opus_int32>(frame.size()));
      REQUIRE(size > 0);
      REQUIRE(opus_repacketizer_cat(repacketizer.get(), frame.data(), size) ==
              OPUS_OK);
      at += frame_samples;
    }
    Bytes payload(4000);
    const int size =
        opus_repacketizer_out(repacketizer.get(), payload.data(),
                              static_cast<opus_int32>(payload.size()));
    REQUIRE(size > 0);

    SentPacket packet;
    packet.at_us = static_cast<int64_t>(at) / coding.channels * 1000 / 48;
    packet.bytes = {0x80, 111};
    AppendU16(packet.bytes, static_cast<uint32_t>(packets.size()));
    AppendU16(packet.bytes, timestamp >> 16);
    AppendU16(packet.bytes, timestamp);
    AppendU16(packet.bytes, 0x77);
    AppendU16(packet.bytes, 0x88);
    packet.bytes.insert(packet.bytes.end(), payload.begin(),
                        payload.begin() + size);
    packets.push_back(std::move(packet));
  }
  return packets;
}

}  // namespace earshot
