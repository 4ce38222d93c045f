#include "receiver/restart_evidence.h"

#include "codec/coded_packet.h"
#include "opus/opus_packet.h"
#include "rtp/red_splitter.h"

namespace earshot {
namespace {

// What is older cannot be repaired.
constexpr int64_t kMaxUsefulAgeTicks = int64_t{1000} * kTicksPerMs;

// As the buffer has it.
std::span<const uint8_t> AudioOf(const RtpHeader& header,
                                 const CodecFormat& format,
                                 std::span<const uint8_t> payload) {
  if (format.kind != CodecKind::kRed) return payload;
  const RedSplit split = SplitRed(payload, header.payload_type);
  return split.has_primary ? split.blocks[split.count - 1].payload : payload;
}

}  // namespace

bool RestartEvidence::IsAnother(const RtpHeader& header,
                                std::span<const uint8_t> payload,
                                int64_t sequence,
                                int64_t first_sequence) const {
  if (payload.empty()) return false;  // Padding tells nothing.
  const CodecFormat& format = *payloads_.Find(header.payload_type);
  const bool is_coded = format.kind != CodecKind::kRed &&
                        format.kind != CodecKind::kTelephoneEvent;
  if (is_coded && !ParseCodedPacket(format, payload)) return false;
  if (IsHere(buffer_.StateOf(sequence))) {
    return buffer_.Conflicts(sequence, AudioOf(header, format, payload));
  }
  if (sequence >= first_sequence) return false;
  const int64_t age_ticks =
      positions_.newest_end_ticks() -
      positions_.Nearest(header.timestamp, format.clock_rate_hz);
  return age_ticks <= 0 || age_ticks > kMaxUsefulAgeTicks;
}

bool RestartEvidence::IsTheSame(const RtpHeader& header,
                                std::span<const uint8_t> payload,
                                int64_t sequence) const {
  const CodecFormat& format = *payloads_.Find(header.payload_type);
  return buffer_.Repeats(sequence, AudioOf(header, format, payload));
}

}  // namespace earshot
