#ifndef EARSHOT_RECEIVER_SENDER_WALL_CLOCK_H_
#define EARSHOT_RECEIVER_SENDER_WALL_CLOCK_H_

#include <cstdint>
#include <optional>
#include <span>

#include "receiver/capture_time.h"
#include "receiver/media_positions.h"
#include "receiver/sender_reports.h"
#include "rtp/rtp_header.h"

namespace earshot {

// What the sender says of its wall clock, in reports and in packets, put on the
// stream's positions: when audio was captured, and where a source that takes
// the stream's place begins.
class SenderWallClock {
 public:
  // `positions` must outlive this object.
  explicit SenderWallClock(const MediaPositions& positions)
      : positions_(positions) {}

  // Reads abs-capture-time from the header extension of this number, 1..255.
  void ReadExtension(int extension_id) { extension_id_ = extension_id; }

  // Of the stream's source, or of one that may take its place.
  void OnReport(const SenderReport& report);

  // The source is the stream's from here on, and its first packet has its
  // place; a report of it may have been here before.
  void Follow(uint32_t ssrc);

  // The newest packet: the clock is read forward. `media_ticks` is its place on
  // the timeline.
  void OnNewest(std::span<const uint8_t> packet, const RtpHeader& header,
                int64_t media_ticks);

  // Where a source is that takes the stream's place, if both have reported. The
  // same source that begins again may count its timestamps from elsewhere.
  std::optional<KnownPosition> PositionOf(uint32_t next_ssrc) const;

  // When the sample at `ticks` was captured, µs since 1970; kNever while the
  // sender has told nothing.
  int64_t CaptureUsAt(int64_t ticks) const { return capture_time_.At(ticks); }

 private:
  void Learn(const SenderReport& report);

  const MediaPositions& positions_;
  SenderReports reports_;
  CaptureTime capture_time_;
  int extension_id_ = 0;  // 0: none.
  std::optional<uint32_t> ssrc_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_SENDER_WALL_CLOCK_H_
