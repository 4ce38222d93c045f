#ifndef EARSHOT_RECEIVER_MEDIA_POSITIONS_H_
#define EARSHOT_RECEIVER_MEDIA_POSITIONS_H_

#include <cstdint>
#include <optional>

#include "receiver/sender_clock.h"

namespace earshot {

// A timestamp whose place is known otherwise.
struct KnownPosition {
  uint32_t timestamp = 0;
  int64_t position = 0;
};

// A packet as far as its place in time is concerned.
struct TimedPacket {
  int64_t sequence = 0;  // Unwrapped.
  uint32_t timestamp = 0;
  int clock_rate_hz = 48'000;  // Of the timestamp.
  int64_t arrival_us = 0;
  int duration_ticks = 0;
  bool starts_epoch = false;  // Its timestamp owes nothing to earlier ones.
  int64_t slip_ticks = 0;     // What the clock adds to positions from here.
  // Of a packet that starts an epoch, by its sender's wall clock.
  std::optional<KnownPosition> known = {};
};

// Turns 32-bit RTP timestamps into media positions: ticks from the first
// packet. A timestamp that cannot be true is replaced by the position that the
// time of arrival suggests, and all later ones move with it. Those of another
// source go on where its wall clock says, where that is known and can be true.
class MediaPositions {
 public:
  // `max_lead_ticks`: how far media may run ahead of the minimum-delay line.
  explicit MediaPositions(int64_t max_lead_ticks)
      : max_lead_ticks_(max_lead_ticks) {}

  // The position of the packet's first sample; empty for an old packet whose
  // timestamp contradicts its number.
  std::optional<int64_t> Locate(const TimedPacket& packet,
                                const SenderClock& clock);

  // Where a timestamp lies that need not be a packet's own: the position
  // nearest to the newest packet.
  int64_t Nearest(uint32_t timestamp, int clock_rate_hz) const;

  int clock_rate_hz() const { return clock_rate_hz_; }

  // Behind the last sample of the newest packet.
  int64_t newest_end_ticks() const { return newest_end_; }

  // Timestamps that were replaced.
  int64_t jumps() const { return jumps_; }

 private:
  int64_t PlaceAnew(const TimedPacket& packet, const SenderClock& clock);
  bool IsPlausible(const TimedPacket& packet, int64_t timestamp,
                   int64_t position, const SenderClock& clock) const;
  int64_t PositionOf(int64_t timestamp) const;

  const int64_t max_lead_ticks_;
  bool started_ = false;
  int clock_rate_hz_ = 48'000;
  int64_t base_timestamp_ = 0;  // Unwrapped,
  int64_t base_position_ = 0;   // and where that lies.
  // Of the packet with the highest number.
  int64_t newest_sequence_ = 0;
  int64_t newest_timestamp_ = 0;  // Unwrapped.
  int64_t newest_end_ = 0;        // Position behind its last sample.
  int64_t newest_arrival_us_ = 0;
  int64_t jumps_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_MEDIA_POSITIONS_H_
