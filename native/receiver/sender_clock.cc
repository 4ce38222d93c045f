#include "receiver/sender_clock.h"

#include <algorithm>
#include <limits>

namespace earshot {
namespace {

constexpr int64_t kPerUs = 48;      // Delay units a µs.
constexpr int64_t kPerTick = 1000;  // Delay units a tick.
constexpr int64_t kBlockUs = 1'000'000;
constexpr int64_t kNoDelay = std::numeric_limits<int64_t>::max();

// A path has become longer when for half a second no packet came near the line
// and all of them came equally far from it. A stall that is being released
// looks different: its delays run down.
constexpr int64_t kWindowUs = 500'000;
constexpr int kWindowMinPackets = 16;
constexpr int64_t kMinShift = 15'000 * kPerUs;

}  // namespace

bool SenderClock::OnPacket(int64_t end_ticks, int64_t arrival_us) {
  const int64_t delay = kPerUs * arrival_us - kPerTick * end_ticks;
  const int64_t block = arrival_us / kBlockUs;
  if (!known_) {
    known_ = true;
    block_minima_.fill(kNoDelay);
    block_ = block;
    window_start_us_ = arrival_us;
    minimum_ = delay;
  }
  StartBlock(block);
  int64_t& block_minimum = block_minima_[static_cast<size_t>(block_) % kBlocks];
  block_minimum = std::min(block_minimum, delay);
  minimum_ = std::min(minimum_, delay);

  if (!PathBecameLonger(delay, arrival_us)) return false;
  block_minima_.fill(kNoDelay);
  minimum_ = std::min(window_min_, delay);
  block_minima_[static_cast<size_t>(block_) % kBlocks] = minimum_;
  return true;
}

void SenderClock::StartBlock(int64_t block) {
  if (block <= block_) return;
  const int64_t first = std::max(block_ + 1, block - int64_t{kBlocks} + 1);
  for (int64_t b = first; b <= block; ++b) {
    block_minima_[static_cast<size_t>(b) % kBlocks] = kNoDelay;
  }
  block_ = block;
  FindMinimum();
}

void SenderClock::FindMinimum() {
  const int64_t least =
      *std::min_element(block_minima_.begin(), block_minima_.end());
  // After a long pause every block is empty: the old line is the best there is.
  if (least != kNoDelay) minimum_ = least;
}

bool SenderClock::PathBecameLonger(int64_t delay, int64_t arrival_us) {
  const bool window_over = arrival_us - window_start_us_ >= kWindowUs;
  if (window_packets_ == 0 || window_over) {
    const int64_t nearest = window_min_ - minimum_;
    const bool longer = window_packets_ >= kWindowMinPackets &&
                        nearest > kMinShift &&
                        2 * (window_max_ - window_min_) < nearest;
    if (longer) {
      window_packets_ = 0;
      window_start_us_ = arrival_us;
      return true;
    }
    window_start_us_ = arrival_us;
    window_packets_ = 1;
    window_min_ = delay;
    window_max_ = delay;
    return false;
  }
  ++window_packets_;
  window_min_ = std::min(window_min_, delay);
  window_max_ = std::max(window_max_, delay);
  return false;
}

int64_t SenderClock::LineUs(int64_t end_ticks) const {
  const int64_t units = minimum_ + kPerTick * end_ticks;
  // Rounded down, so that the frame that made the line has latency 0 or more.
  return units >= 0 ? units / kPerUs : -((-units + kPerUs - 1) / kPerUs);
}

int64_t SenderClock::PositionAt(int64_t arrival_us) const {
  return (kPerUs * arrival_us - minimum_) / kPerTick;
}

}  // namespace earshot
