#include "rtp/rtp_header.h"

namespace earshot {
namespace {

constexpr size_t kFixedHeaderBytes = 12;

uint16_t ReadU16(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t ReadU32(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint32_t>(ReadU16(bytes, at)) << 16 |
         ReadU16(bytes, at + 2);
}

}  // namespace

std::optional<RtpHeader> ParseRtpHeader(std::span<const uint8_t> packet) {
  if (packet.size() < kFixedHeaderBytes || packet[0] >> 6 != 2) {
    return std::nullopt;
  }
  // RTCP packet types 192..223 share the byte of marker and payload type.
  if (packet[1] >= 192 && packet[1] <= 223) return std::nullopt;

  const bool has_padding = (packet[0] & 0x20) != 0;
  const bool has_extension = (packet[0] & 0x10) != 0;
  const size_t csrc_count = packet[0] & 0x0f;

  RtpHeader header;
  header.marker = (packet[1] & 0x80) != 0;
  header.payload_type = packet[1] & 0x7f;
  header.sequence_number = ReadU16(packet, 2);
  header.timestamp = ReadU32(packet, 4);
  header.ssrc = ReadU32(packet, 8);

  size_t offset = kFixedHeaderBytes + 4 * csrc_count;
  if (offset > packet.size()) return std::nullopt;
  if (has_extension) {
    if (packet.size() - offset < 4) return std::nullopt;
    header.extension_profile = ReadU16(packet, offset);
    header.extension_size = size_t{4} * ReadU16(packet, offset + 2);
    header.extension_offset = offset + 4;
    offset += 4;
    if (packet.size() - offset < header.extension_size) return std::nullopt;
    offset += header.extension_size;
  }
  if (has_padding) {
    header.padding_size = packet.back();
    if (header.padding_size == 0 ||
        header.padding_size > packet.size() - offset) {
      return std::nullopt;
    }
  }
  header.payload_offset = offset;
  header.payload_size = packet.size() - offset - header.padding_size;
  return header;
}

}  // namespace earshot
