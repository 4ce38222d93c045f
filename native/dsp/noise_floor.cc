#include "dsp/noise_floor.h"

#include <algorithm>

namespace earshot {
namespace {

constexpr int kSpanTicks = 24'000;
constexpr float kLowestDb = -78.0f;
constexpr float kHighestDb = -50.0f;

}  // namespace

void NoiseFloor::Learn(float level_db, int duration_ticks) {
  if (spans_heard_ == 0 || span_ticks_ >= kSpanTicks) {
    if (spans_heard_ > 0) span_ = (span_ + 1) % kSpans;
    spans_heard_ = std::min(spans_heard_ + 1, kSpans);
    least_db_[static_cast<size_t>(span_)] = level_db;
    span_ticks_ = 0;
  }
  float& least_db = least_db_[static_cast<size_t>(span_)];
  least_db = std::min(least_db, level_db);
  span_ticks_ += duration_ticks;

  const auto end = least_db_.begin() + spans_heard_;
  floor_db_ = std::clamp(*std::min_element(least_db_.begin(), end), kLowestDb,
                         kHighestDb);
}

}  // namespace earshot
