#ifndef EARSHOT_RTP_RTP_HEADER_H_
#define EARSHOT_RTP_RTP_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace earshot {

// The fixed header of an RTP packet (RFC 3550 5.1) and where its payload lies.
struct RtpHeader {
  uint8_t payload_type = 0;
  bool marker = false;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  size_t extension_offset = 0;  // Of the extension's data, after its 4 bytes.
  size_t extension_size = 0;    // Bytes; 0 when there is none.
  uint16_t extension_profile = 0;
  size_t payload_offset = 0;
  size_t payload_size = 0;  // Bytes, without padding.
  size_t padding_size = 0;  // Bytes behind the payload.
};

// Parses a whole packet. Empty for anything that is not RTP version 2: wrong
// lengths, wrong padding, and RTCP on the same port (RFC 5761 4).
std::optional<RtpHeader> ParseRtpHeader(std::span<const uint8_t> packet);

}  // namespace earshot

#endif  // EARSHOT_RTP_RTP_HEADER_H_
