#include "rtp/rtp_extensions.h"

namespace earshot {
namespace {

constexpr uint16_t kOneByteProfile = 0xbede;
constexpr uint16_t kTwoByteProfile = 0x1000;  // The lower 4 bits are free.
constexpr uint16_t kTwoByteProfileMask = 0xfff0;
constexpr int kOneByteStopId = 15;

}  // namespace

std::span<const uint8_t> FindRtpExtension(std::span<const uint8_t> packet,
                                          const RtpHeader& header, int id) {
  const bool one_byte = header.extension_profile == kOneByteProfile;
  const bool two_byte =
      (header.extension_profile & kTwoByteProfileMask) == kTwoByteProfile;
  if (!one_byte && !two_byte) return {};

  auto rest = packet.subspan(header.extension_offset, header.extension_size);
  while (!rest.empty()) {
    if (rest[0] == 0) {  // Padding between elements.
      rest = rest.subspan(1);
      continue;
    }
    int element_id;
    size_t size;
    size_t head;
    if (one_byte) {
      element_id = rest[0] >> 4;
      size = size_t{1} + (rest[0] & 0x0f);
      head = 1;
      if (element_id == kOneByteStopId) return {};
    } else {
      if (rest.size() < 2) return {};
      element_id = rest[0];
      size = rest[1];
      head = 2;
    }
    if (rest.size() - head < size) return {};
    if (element_id == id) return rest.subspan(head, size);
    rest = rest.subspan(head + size);
  }
  return {};
}

}  // namespace earshot
