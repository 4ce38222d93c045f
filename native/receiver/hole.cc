#include "receiver/hole.h"

#include <algorithm>

#include "opus/opus_packet.h"

namespace earshot {

HoleStep FirstStep(const Hole& hole) {
  const int64_t gap = hole.gap_ticks;
  // While the codec is silent a packet is as long as the one before, and what
  // goes beyond that is silence. Else a lost packet may have been of any
  // length.
  const int64_t most_lost =
      hole.missing_packets *
      (hole.near_dtx ? hole.usual_ticks : kMaxPacketTicks);
  const int64_t usual_lost = hole.missing_packets * hole.usual_ticks;
  if (gap > most_lost && gap > usual_lost) {
    return {HoleStepKind::kPause, gap - usual_lost, false};
  }

  // The last missing packet is the one that the next packet holds a copy of.
  const bool has_copy = hole.lbrr_ticks > 0 && hole.lbrr_ticks <= gap;
  if (has_copy && hole.missing_packets == 1) {
    if (gap == hole.lbrr_ticks) return {HoleStepKind::kLbrr, gap, true};
    return {HoleStepKind::kConceal, gap - hole.lbrr_ticks, false};
  }
  const int64_t length = has_copy ? gap - hole.lbrr_ticks : gap;
  const int64_t packets = hole.missing_packets - (has_copy ? 1 : 0);
  const int64_t even_share = length / packets;
  const bool is_frame_length = length % packets == 0 &&
                               even_share % kGridTicks == 0 && even_share > 0 &&
                               even_share <= kMaxPacketTicks;
  if (is_frame_length) return {HoleStepKind::kConceal, even_share, true};
  return {HoleStepKind::kConceal, std::min<int64_t>(gap, hole.usual_ticks),
          true};
}

}  // namespace earshot
