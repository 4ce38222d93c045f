// Any bytes as a packet: what the RTP parser accepts lies inside it.

#include <span>

#include "expect.h"
#include "rtp/rtp_extensions.h"
#include "rtp/rtp_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using earshot::Expect;
  const std::span packet(data, size);
  const auto header = earshot::ParseRtpHeader(packet);
  if (!header) return 0;
  Expect(data[0] >> 6 == 2, "version 2 only");
  Expect(data[1] < 192 || data[1] > 223, "RTCP is not RTP");
  Expect(header->payload_offset >= 12, "the payload lies behind the header");
  Expect(header->payload_offset + header->payload_size <= size,
         "the payload lies inside the packet");
  Expect(header->extension_offset + header->extension_size <=
             header->payload_offset,
         "the extension lies before the payload");

  for (int id = 1; id <= 255; ++id) {
    const auto element = earshot::FindRtpExtension(packet, *header, id);
    if (element.empty()) continue;
    const auto offset = static_cast<size_t>(element.data() - data);
    Expect(offset > header->extension_offset &&
               offset + element.size() <=
                   header->extension_offset + header->extension_size,
           "an element lies inside the extension");
  }
  return 0;
}
