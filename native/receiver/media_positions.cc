#include "receiver/media_positions.h"

#include <algorithm>

#include "opus/opus_packet.h"
#include "rtp/unwrapper.h"

namespace earshot {
namespace {

// An old packet lies at most this far behind the newest: 512 packets of 120 ms.
constexpr int64_t kMaxAgeTicks = int64_t{512} * 120 * kTicksPerMs;

}  // namespace

std::optional<int64_t> MediaPositions::Locate(const TimedPacket& packet,
                                              const SenderClock& clock) {
  if (!started_) {
    started_ = true;
    base_ = packet.timestamp;
    newest_sequence_ = packet.sequence;
    newest_timestamp_ = packet.timestamp;
    newest_end_ = packet.duration_ticks;
    newest_arrival_us_ = packet.arrival_us;
    return 0;
  }
  // Nearest to where the clock says the sender is, so that a pause of more than
  // half a turn (12.4 h) unwraps right.
  const int64_t elapsed_ticks =
      (packet.arrival_us - newest_arrival_us_) * kTicksPerMs / 1000;
  const int64_t timestamp =
      UnwrapNear(packet.timestamp, newest_timestamp_ + elapsed_ticks);
  int64_t position = timestamp - base_;

  if (packet.sequence < newest_sequence_) {
    const bool plausible = timestamp < newest_timestamp_ &&
                           timestamp > newest_timestamp_ - kMaxAgeTicks;
    return plausible ? std::optional(position) : std::nullopt;
  }
  if (!IsPlausible(packet, position, clock)) {
    position =
        std::max(newest_end_, clock.PositionAt(packet.arrival_us) -
                                  packet.slip_ticks - packet.duration_ticks);
    base_ = timestamp - position;
    ++jumps_;
  }
  newest_sequence_ = packet.sequence;
  newest_timestamp_ = timestamp;
  newest_end_ = position + packet.duration_ticks;
  newest_arrival_us_ = packet.arrival_us;
  return position;
}

bool MediaPositions::IsPlausible(const TimedPacket& packet, int64_t position,
                                 const SenderClock& clock) const {
  if (packet.starts_epoch) return false;
  if (packet.sequence == newest_sequence_) return true;  // A duplicate.
  if (position + base_ <= newest_timestamp_) return false;
  const int64_t lead = position + packet.slip_ticks + packet.duration_ticks -
                       clock.PositionAt(packet.arrival_us);
  return lead <= max_lead_ticks_;
}

}  // namespace earshot
