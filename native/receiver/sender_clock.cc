#include "receiver/sender_clock.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace earshot {
namespace {

constexpr int64_t kPerUs = 48;      // Delay units a µs.
constexpr int64_t kPerTick = 1000;  // Delay units a tick.
constexpr int64_t kBlockUs = 1'000'000;
constexpr int64_t kOne = int64_t{1} << 32;  // One unit of delay a tick.

// Crystals are good for 100 ppm; 1000 is where something else is wrong.
constexpr double kMaxSlope = 1.05;  // Units of delay a tick.
// Up to 10,000 it is told of as drift; what is beyond that are jumps.
constexpr double kMaxAlarmSlope = 10;
// Of the points a slope is fitted to; with the above nothing overflows.
constexpr int64_t kMaxSpanTicks = int64_t{1} << 27;
constexpr size_t kMinBlocksForSlope = 10;
// A slope is believed when the quickest packets of most seconds lie this near
// to it: where queues come and go slowly they do not, and no slope is better
// than a wrong one.
constexpr int64_t kMaxResidual = 300 * kPerUs;

// A packet this far below the line has taken a new and shorter path: what was
// measured on the old one says nothing about the slope.
constexpr int64_t kShorterPath = 5'000 * kPerUs;

// A path has become longer when for half a second no packet came near the line
// and all of them came equally far from it. A stall that is being released
// looks different: its delays run down.
constexpr int64_t kWindowUs = 500'000;
constexpr int kWindowMinPackets = 16;
constexpr int64_t kMinShift = 15'000 * kPerUs;

// Along a slope, delay units over a distance of ticks.
int64_t Along(int64_t slope_q32, int64_t ticks) {
  // Positions far from the reference are cut off rather than overflow: they are
  // over a day away, and the slope will have been measured anew by then.
  constexpr int64_t kMaxTicks = int64_t{1} << 30;
  return slope_q32 * std::clamp(ticks, -kMaxTicks, kMaxTicks) / kOne;
}

int64_t DivideDown(int64_t value, int64_t divisor) {
  return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}

}  // namespace

bool SenderClock::OnPacket(int64_t end_ticks, int64_t arrival_us) {
  const Point point = {end_ticks, kPerUs * arrival_us - kPerTick * end_ticks};
  if (!known_) {
    known_ = true;
    first_arrival_us_ = arrival_us;
    window_start_us_ = arrival_us;
    Forget(point);
    window_packets_ = 0;
    NoteSpan(point);
  }
  const int64_t old_line_us = LineUs(end_ticks);
  const bool longer = MoveLine(point, arrival_us);
  const int64_t line_us = LineUs(end_ticks);
  watch_.OnLineMoved(line_us - old_line_us);
  watch_.OnPacket(end_ticks, arrival_us, line_us);
  return longer;
}

bool SenderClock::MoveLine(const Point& point, int64_t arrival_us) {
  StartBlock((arrival_us - first_arrival_us_) / kBlockUs, point);
  Point& quickest = quickest_[blocks_used_ - 1];
  if (Height(point) < Height(quickest)) quickest = point;

  if (Height(point) < height_ - kShorterPath) Forget(point);
  height_ = std::min(height_, Height(point));
  NoteSpan(point);

  if (!PathBecameLonger(point, arrival_us)) return false;
  const Point anchor =
      Height(point) < Height(window_quickest_) ? point : window_quickest_;
  Forget(anchor);
  spans_used_ = 0;
  NoteSpan(anchor);
  return true;
}

// Begins again with one point; the slope stays, clocks do not change with
// paths.
void SenderClock::Forget(const Point& point) {
  quickest_[0] = point;
  blocks_used_ = 1;
  reference_ticks_ = point.end_ticks;
  height_ = point.delay;
}

void SenderClock::StartBlock(int64_t block, const Point& point) {
  if (block <= block_) return;
  block_ = block;
  FitSlope();
  if (blocks_used_ == kBlocks) {
    std::move(quickest_.begin() + 1, quickest_.end(), quickest_.begin());
    --blocks_used_;
  }
  quickest_[blocks_used_++] = point;
  reference_ticks_ = point.end_ticks;
  FindHeight();
}

void SenderClock::NoteSpan(const Point& point) {
  const int64_t span = block_ / static_cast<int64_t>(kHeightBlocks);
  if (spans_used_ == 0 || span > span_) {
    span_ = span;
    if (spans_used_ == kSpans) {
      std::move(span_quickest_.begin() + 1, span_quickest_.end(),
                span_quickest_.begin());
      --spans_used_;
    }
    span_quickest_[spans_used_++] = point;
    return;
  }
  Point& quickest = span_quickest_[spans_used_ - 1];
  if (Height(point) < Height(quickest)) quickest = point;
}

// The slope of the lower convex hull of the quickest packets, under the middle
// of them: of all lines that no packet lies below, the one nearest to all of
// them (Moon, Skelly and Towsley, "Estimation and removal of clock skew from
// network delay measurements", INFOCOM 1999).
void SenderClock::FitSlope() {
  if (blocks_used_ < kMinBlocksForSlope) return;
  std::array<size_t, kBlocks> hull;
  size_t corners = 0;
  int64_t middle_ticks = 0;
  for (size_t i = 0; i < blocks_used_; ++i) {
    const Point& p = quickest_[i];
    middle_ticks += (p.end_ticks - quickest_[0].end_ticks) /
                    static_cast<int64_t>(blocks_used_);
    // Reordering may have put points of two blocks out of order; such a one
    // adds nothing to the hull.
    if (corners > 0 && p.end_ticks <= quickest_[hull[corners - 1]].end_ticks) {
      continue;
    }
    while (corners >= 2) {
      const Point& a = quickest_[hull[corners - 2]];
      const Point& b = quickest_[hull[corners - 1]];
      // b stays when it lies below the line from a to p. Positions differ by at
      // most 2^33 and delays by 2^40 after the clamp, far from overflow.
      const double slope_ab = static_cast<double>(b.delay - a.delay) /
                              static_cast<double>(b.end_ticks - a.end_ticks);
      const double slope_ap = static_cast<double>(p.delay - a.delay) /
                              static_cast<double>(p.end_ticks - a.end_ticks);
      if (slope_ab < slope_ap) break;
      --corners;
    }
    hull[corners++] = i;
  }
  if (corners < 2) return;
  size_t edge = 0;
  while (edge + 2 < corners &&
         quickest_[hull[edge + 1]].end_ticks - quickest_[0].end_ticks <
             middle_ticks) {
    ++edge;
  }
  const Point& a = quickest_[hull[edge]];
  const Point& b = quickest_[hull[edge + 1]];
  // A short edge says more about the jitter at its ends than about clocks.
  const Point& last = quickest_[blocks_used_ - 1];
  if (2 * (b.end_ticks - a.end_ticks) <
      last.end_ticks - quickest_[0].end_ticks) {
    return;
  }
  const double slope = static_cast<double>(b.delay - a.delay) /
                       static_cast<double>(b.end_ticks - a.end_ticks);
  if (std::abs(slope) > kMaxAlarmSlope) return;
  const auto slope_q32 =
      static_cast<int64_t>(slope * static_cast<double>(kOne));

  std::array<int64_t, kBlocks> residuals;
  for (size_t i = 0; i < blocks_used_; ++i) {
    const Point& p = quickest_[i];
    residuals[i] = p.delay - a.delay -
                   Along(slope_q32, std::clamp(p.end_ticks - a.end_ticks,
                                               -kMaxSpanTicks, kMaxSpanTicks));
  }
  const auto median =
      residuals.begin() + static_cast<std::ptrdiff_t>(blocks_used_ / 2);
  std::nth_element(
      residuals.begin(), median,
      residuals.begin() + static_cast<std::ptrdiff_t>(blocks_used_));
  if (*median > kMaxResidual) return;
  if (std::abs(slope) > kMaxSlope) {
    ++drift_alarms_;
    return;
  }
  slope_q32_ = slope_q32;
}

void SenderClock::FindHeight() {
  const size_t first =
      blocks_used_ > kHeightBlocks ? blocks_used_ - kHeightBlocks : 0;
  height_ = Height(quickest_[first]);
  for (size_t i = first + 1; i < blocks_used_; ++i) {
    height_ = std::min(height_, Height(quickest_[i]));
  }
}

bool SenderClock::PathBecameLonger(const Point& point, int64_t arrival_us) {
  const bool window_over = arrival_us - window_start_us_ >= kWindowUs;
  if (window_packets_ > 0 && !window_over) {
    ++window_packets_;
    const int64_t above = Height(point) - Height(window_quickest_);
    if (above < 0) {
      window_quickest_ = point;
      window_spread_ -= above;
    } else {
      window_spread_ = std::max(window_spread_, above);
    }
    return false;
  }
  const int64_t shift = Height(window_quickest_) - height_;
  const bool longer = window_packets_ >= kWindowMinPackets &&
                      shift > kMinShift && 2 * window_spread_ < shift;
  window_start_us_ = arrival_us;
  window_packets_ = longer ? 0 : 1;
  if (!longer) {
    window_quickest_ = point;
    window_spread_ = 0;
  }
  return longer;
}

int64_t SenderClock::RiseUs() const {
  int64_t least = height_;
  for (const Point& point : std::span(span_quickest_).first(spans_used_)) {
    least = std::min(least, Height(point));
  }
  return (height_ - least) / kPerUs;
}

int64_t SenderClock::Height(const Point& point) const {
  return point.delay - Along(slope_q32_, point.end_ticks - reference_ticks_);
}

int64_t SenderClock::LineUs(int64_t end_ticks) const {
  // Rounded down, so that the frame that made the line has latency 0 or more.
  return DivideDown(height_ + Along(slope_q32_, end_ticks - reference_ticks_) +
                        kPerTick * end_ticks,
                    kPerUs);
}

int64_t SenderClock::PositionAt(int64_t arrival_us) const {
  // The slope moves this by less than a thousandth of the distance to the
  // reference, which is near: it is left out.
  return DivideDown(kPerUs * arrival_us - height_, kPerTick);
}

int SenderClock::drift_ppm() const {
  return static_cast<int>(slope_q32_ * 1000 / kOne);
}

}  // namespace earshot
