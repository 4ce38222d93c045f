#ifndef EARSHOT_RECEIVER_RESTART_EVIDENCE_H_
#define EARSHOT_RECEIVER_RESTART_EVIDENCE_H_

#include <cstdint>
#include <span>

#include "receiver/media_positions.h"
#include "receiver/packet_buffer.h"
#include "receiver/payload_map.h"
#include "rtp/rtp_header.h"

namespace earshot {

// Tells packets of a sender that began anew from those that come late or twice.
// One that begins anew a few seconds into its call may use the numbers and
// timestamps of its beginning again; only what it says is new.
class RestartEvidence {
 public:
  // The references must outlive this object.
  RestartEvidence(const PayloadMap& payloads, const PacketBuffer& buffer,
                  const MediaPositions& positions)
      : payloads_(payloads), buffer_(buffer), positions_(positions) {}

  // Whether an old number came with a packet that cannot be the one it was
  // given to: one with other bytes, or one from before the stream's first that
  // would be too late to be of use. `header`: of a known payload type.
  bool IsAnother(const RtpHeader& header, std::span<const uint8_t> payload,
                 int64_t sequence, int64_t first_sequence) const;

  // Whether it is the packet that had this number.
  bool IsTheSame(const RtpHeader& header, std::span<const uint8_t> payload,
                 int64_t sequence) const;

 private:
  const PayloadMap& payloads_;
  const PacketBuffer& buffer_;
  const MediaPositions& positions_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_RESTART_EVIDENCE_H_
