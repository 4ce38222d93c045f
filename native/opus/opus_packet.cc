#include "opus/opus_packet.h"

#include <opus.h>

#include <algorithm>
#include <array>

namespace earshot {
namespace {

constexpr int kMaxFrames = 48;  // RFC 6716 3.2.5.
constexpr size_t kMaxDtxBytes =
    2;  // TOC and at most one byte (RFC 7587 3.1.3).

// Whether the first frame of a SILK or hybrid packet holds LBRR. The flag bits
// come first in the frame and each is coded with probability 1/2, so they can
// be read as plain bits: per channel one VAD flag for each 20 ms (one in all
// for 10 ms), then the LBRR flag (RFC 6716 4.2.3).
bool HasLbrr(uint8_t toc, std::span<const uint8_t> first_frame, int frame_ticks,
             int channels) {
  const bool is_celt = (toc & 0x80) != 0;
  if (is_celt || first_frame.empty()) return false;
  const int silk_frames = std::max(1, frame_ticks / (20 * kTicksPerMs));
  for (int channel = 1; channel <= channels; ++channel) {
    if (first_frame[0] & (0x80 >> (channel * (silk_frames + 1) - 1))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<OpusPacket> ParseOpusPacket(std::span<const uint8_t> payload) {
  if (payload.empty()) return std::nullopt;
  std::array<const unsigned char*, kMaxFrames> frames;
  std::array<opus_int16, kMaxFrames> sizes;
  unsigned char toc = 0;
  const int frame_count =
      opus_packet_parse(payload.data(), static_cast<opus_int32>(payload.size()),
                        &toc, frames.data(), sizes.data(), nullptr);
  if (frame_count <= 0) return std::nullopt;

  OpusPacket packet;
  packet.frame_ticks =
      opus_packet_get_samples_per_frame(payload.data(), kTicksPerSecond);
  packet.duration_ticks = frame_count * packet.frame_ticks;
  if (packet.duration_ticks > kMaxPacketTicks) return std::nullopt;
  packet.is_dtx = payload.size() <= kMaxDtxBytes;
  packet.has_lbrr =
      HasLbrr(toc, {frames[0], static_cast<size_t>(sizes[0])},
              packet.frame_ticks, opus_packet_get_nb_channels(payload.data()));
  return packet;
}

}  // namespace earshot
