#ifndef EARSHOT_RECEIVER_SENDER_CLOCK_H_
#define EARSHOT_RECEIVER_SENDER_CLOCK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "receiver/path_watch.h"

namespace earshot {

// The minimum-delay line: for a media position, the arrival time it would have
// had over the path at its best. Its slope is the drift between the sender's
// clock and ours, its height the least delay of late. Measured at the end of
// frames, so that a change of frame size is not taken for a change of delay.
class SenderClock {
 public:
  // A packet whose last sample is at `end_ticks` came at `arrival_us`. Returns
  // true when the path was found to have become longer and the line was moved.
  bool OnPacket(int64_t end_ticks, int64_t arrival_us);

  // The line at `end_ticks`, µs. Needs a packet.
  int64_t LineUs(int64_t end_ticks) const;

  // The same over the path as it is now, which a queue may have made longer:
  // what deadlines count from. Playout counts from the line above, which bounds
  // its delay.
  int64_t PresentLineUs(int64_t end_ticks) const {
    return watch_.PresentLineUs(end_ticks, LineUs(end_ticks));
  }

  // By how much the line lies above the least delay of the last two minutes,
  // µs: where queues come and go slowly it rises with them for a while.
  int64_t RiseUs() const;

  // The media position whose line is at `arrival_us`, ticks. Needs a packet.
  int64_t PositionAt(int64_t arrival_us) const;

  // By how much the receiver's clock is faster than the sender's, parts per
  // million, within 1050 either way; 0 until it can be told.
  int drift_ppm() const;

  // In how many seconds it was beyond that, and not followed.
  int64_t drift_alarms() const { return drift_alarms_; }

 private:
  // Delays are held in 1/48 µs, so that ticks and µs subtract without rounding:
  // 48 x arrival in µs minus 1000 x position in ticks. A slope is delay per
  // tick in units of 2^-32; 1000 ppm is one unit of delay a tick.
  struct Point {
    int64_t end_ticks = 0;
    int64_t delay = 0;
  };
  static constexpr size_t kBlocks = 30;       // Of 1 s, for the slope.
  static constexpr size_t kHeightBlocks = 8;  // For the height.
  static constexpr size_t kSpans = 15;  // Of as many blocks, for the rise.

  // The delay a point would have at the reference position, along the slope.
  int64_t Height(const Point& point) const;
  bool MoveLine(const Point& point, int64_t arrival_us);
  void StartBlock(int64_t block, const Point& point);
  void Forget(const Point& point);
  void FitSlope();
  void FindHeight();
  void NoteSpan(const Point& point);
  bool PathBecameLonger(const Point& point, int64_t arrival_us);

  bool known_ = false;
  int64_t first_arrival_us_ = 0;
  int64_t slope_q32_ = 0;
  int64_t drift_alarms_ = 0;
  int64_t reference_ticks_ = 0;
  int64_t height_ = 0;  // Of the line, at the reference position.
  PathWatch watch_;

  // The quickest packet of each block, newest last.
  std::array<Point, kBlocks> quickest_;
  size_t blocks_used_ = 0;
  int64_t block_ = 0;
  // The quickest packet of each span on this path, newest last.
  std::array<Point, kSpans> span_quickest_;
  size_t spans_used_ = 0;
  int64_t span_ = 0;

  int64_t window_start_us_ = 0;
  int window_packets_ = 0;
  Point window_quickest_;
  int64_t window_spread_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_SENDER_CLOCK_H_
