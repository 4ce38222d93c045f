#ifndef EARSHOT_RECEIVER_SENDER_CLOCK_H_
#define EARSHOT_RECEIVER_SENDER_CLOCK_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace earshot {

// The minimum-delay line: for a media position, the arrival time it would have
// had over the path at its best. Measured at the end of frames, so that a
// change of frame size is not taken for a change of delay.
class SenderClock {
 public:
  // A packet whose last sample is at `end_ticks` came at `arrival_us`. Returns
  // true when the path was found to have become longer and the line was moved.
  bool OnPacket(int64_t end_ticks, int64_t arrival_us);

  bool is_known() const { return known_; }

  // The line at `end_ticks`, µs. Needs is_known().
  int64_t LineUs(int64_t end_ticks) const;

  // The media position whose line is at `arrival_us`, ticks. Needs is_known().
  int64_t PositionAt(int64_t arrival_us) const;

 private:
  // Delays are held in 1/48 µs, so that ticks and µs subtract without rounding:
  // 48 x arrival in µs minus 1000 x position in ticks.
  static constexpr size_t kBlocks = 10;

  void StartBlock(int64_t block);
  void FindMinimum();
  bool PathBecameLonger(int64_t delay, int64_t arrival_us);

  bool known_ = false;
  int64_t minimum_ = 0;
  std::array<int64_t, kBlocks> block_minima_ = {};  // By block number modulo.
  int64_t block_ = 0;                               // Newest block's number.

  int64_t window_start_us_ = 0;
  int window_packets_ = 0;
  int64_t window_min_ = 0;
  int64_t window_max_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_SENDER_CLOCK_H_
