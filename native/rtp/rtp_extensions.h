#ifndef EARSHOT_RTP_RTP_EXTENSIONS_H_
#define EARSHOT_RTP_RTP_EXTENSIONS_H_

#include <cstdint>
#include <span>

#include "rtp/rtp_header.h"

namespace earshot {

// Data of the header extension element `id` (1..255), in the one-byte or the
// two-byte form (RFC 8285 4.2, 4.3). Empty where the packet has none. `header`
// must be the result of parsing `packet`.
std::span<const uint8_t> FindRtpExtension(std::span<const uint8_t> packet,
                                          const RtpHeader& header, int id);

}  // namespace earshot

#endif  // EARSHOT_RTP_RTP_EXTENSIONS_H_
