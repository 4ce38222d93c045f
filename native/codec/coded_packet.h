#ifndef EARSHOT_CODEC_CODED_PACKET_H_
#define EARSHOT_CODEC_CODED_PACKET_H_

#include <cstdint>
#include <optional>
#include <span>

#include "codec/codec.h"

namespace earshot {

// What a payload of any codec tells without decoding it. Lengths are media
// ticks of 48 kHz.
struct CodedPacket {
  // 120..5760 and a multiple of 120; 0 where the packet holds no audio (comfort
  // noise and telephone events).
  int16_t duration_ticks = 0;
  int16_t frame_ticks = 0;  // Of one Opus frame; else the whole packet.
  bool has_lbrr = false;    // Carries a copy of the `frame_ticks` before it.
  bool is_dtx = false;      // Nothing but the announcement of silence.
};

// Empty where the payload is none of this format, lasts longer than 120 ms or
// is not a multiple of 2.5 ms. RED is no codec: split it first.
std::optional<CodedPacket> ParseCodedPacket(const CodecFormat& format,
                                            std::span<const uint8_t> payload);

// Bytes of one sample of all channels; 0 for formats that are not PCM.
int PcmBytesPerSample(const CodecFormat& format);

}  // namespace earshot

#endif  // EARSHOT_CODEC_CODED_PACKET_H_
