#include "receiver/media_positions.h"

#include <algorithm>
#include <cstdlib>

#include "opus/opus_packet.h"
#include "rtp/unwrapper.h"

namespace earshot {
namespace {

// An old packet lies at most this far behind the newest: 512 packets of 120 ms.
constexpr int64_t kMaxAgeTicks = int64_t{512} * 120 * kTicksPerMs;

// Two sources of one sender may be so far apart by their reports, which tell of
// the beginning of a frame or of its end.
constexpr int64_t kMaxOverlapTicks = int64_t{20} * kTicksPerMs;

}  // namespace

std::optional<int64_t> MediaPositions::Locate(const TimedPacket& packet,
                                              const SenderClock& clock) {
  if (!started_) {
    started_ = true;
    clock_rate_hz_ = packet.clock_rate_hz;
    base_timestamp_ = packet.timestamp;
    newest_sequence_ = packet.sequence;
    newest_timestamp_ = packet.timestamp;
    newest_end_ = packet.duration_ticks;
    newest_arrival_us_ = packet.arrival_us;
    return 0;
  }
  // Nearest to where the clock says the sender is, so that a pause of more than
  // half a turn (12.4 h) unwraps right.
  const int64_t elapsed_us = packet.arrival_us - newest_arrival_us_;
  const int64_t elapsed = elapsed_us / 1000 * clock_rate_hz_ / 1000 +
                          elapsed_us % 1000 * clock_rate_hz_ / 1'000'000;
  const int64_t timestamp =
      UnwrapNear(packet.timestamp, newest_timestamp_ + elapsed);
  int64_t position = PositionOf(timestamp);

  if (packet.sequence < newest_sequence_) {
    const bool plausible = packet.clock_rate_hz == clock_rate_hz_ &&
                           timestamp < newest_timestamp_ &&
                           position > newest_end_ - kMaxAgeTicks;
    return plausible ? std::optional(position) : std::nullopt;
  }
  if (!IsPlausible(packet, timestamp, position, clock)) {
    position = PlaceAnew(packet, clock);
    clock_rate_hz_ = packet.clock_rate_hz;
    base_timestamp_ = timestamp;
    base_position_ = position;
  }
  newest_sequence_ = packet.sequence;
  newest_timestamp_ = timestamp;
  newest_end_ = position + packet.duration_ticks;
  newest_arrival_us_ = packet.arrival_us;
  return position;
}

// By the sender's wall clock the silence between two sources is as long as it
// was; by the arrival it is so only when both packets took equally long. A wall
// clock that was set in between, or that is made up, does not fit the arrival,
// or goes back.
int64_t MediaPositions::PlaceAnew(const TimedPacket& packet,
                                  const SenderClock& clock) {
  const int64_t by_arrival = clock.PositionAt(packet.arrival_us) -
                             packet.slip_ticks - packet.duration_ticks;
  if (packet.known) {
    const int64_t behind =
        UnwrapNear(packet.timestamp - packet.known->timestamp, int64_t{0});
    const int64_t by_wall_clock =
        packet.known->position +
        behind * kTicksPerSecond / packet.clock_rate_hz;
    if (std::abs(by_wall_clock - by_arrival) <= max_lead_ticks_ &&
        by_wall_clock >= newest_end_ - kMaxOverlapTicks) {
      return std::max(newest_end_, by_wall_clock);
    }
  }
  ++jumps_;
  return std::max(newest_end_, by_arrival);
}

int64_t MediaPositions::Nearest(uint32_t timestamp, int clock_rate_hz) const {
  if (clock_rate_hz != clock_rate_hz_) return newest_end_;
  return PositionOf(UnwrapNear(timestamp, newest_timestamp_));
}

int64_t MediaPositions::PositionOf(int64_t timestamp) const {
  return base_position_ +
         (timestamp - base_timestamp_) * kTicksPerSecond / clock_rate_hz_;
}

bool MediaPositions::IsPlausible(const TimedPacket& packet, int64_t timestamp,
                                 int64_t position,
                                 const SenderClock& clock) const {
  if (packet.starts_epoch || packet.clock_rate_hz != clock_rate_hz_) {
    return false;
  }
  if (packet.sequence == newest_sequence_) return true;  // A duplicate.
  if (timestamp <= newest_timestamp_) return false;
  const int64_t lead = position + packet.slip_ticks + packet.duration_ticks -
                       clock.PositionAt(packet.arrival_us);
  return lead <= max_lead_ticks_;
}

}  // namespace earshot
