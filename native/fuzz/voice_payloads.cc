#include "voice_payloads.h"

#include <array>

#include "opus/opus_packet.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr size_t kRtpHeaderBytes = 12;

void AddPayloadsOf(const Talk& talk, size_t first, size_t count,
                   std::vector<VoicePayload>& payloads) {
  const auto packets = Encode(talk);
  for (size_t i = first; i < first + count; ++i) {
    const Bytes& packet = packets.at(i).bytes;
    const std::vector<uint8_t> bytes(packet.begin() + kRtpHeaderBytes,
                                     packet.end());
    payloads.push_back({bytes, ParseOpusPacket(bytes)->duration_ticks});
  }
}

std::vector<VoicePayload> EncodeAll() {
  std::vector<VoicePayload> payloads;
  Talk talk;
  AddPayloadsOf(talk, 40, 4, payloads);
  talk.fec = true;
  AddPayloadsOf(talk, 40, 4, payloads);
  for (const int frame_ms : {10, 40, 60}) {
    talk.frame_ms = frame_ms;
    AddPayloadsOf(talk, 20, 1, payloads);
  }
  talk.frame_ms = 20;
  talk.bitrate_bps = 128'000;  // Wide enough for the hybrid and CELT modes.
  AddPayloadsOf(talk, 40, 2, payloads);
  talk.bitrate_bps = 24'000;
  talk.dtx = true;
  talk.voiced = [](int) { return false; };
  AddPayloadsOf(talk, 0, 3, payloads);
  return payloads;
}

}  // namespace

std::span<const VoicePayload> VoicePayloads() {
  static const std::vector<VoicePayload> payloads = EncodeAll();
  return payloads;
}

}  // namespace earshot
