#include "rtp/telephone_event.h"

#include <algorithm>
#include <cstdlib>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr size_t kBlockBytes = 4;
// A sender starts the next segment where the longest duration ends (RFC 4733
// 2.5.1.3).
constexpr int64_t kSegmentSamples = 0xffff;
// How far two positions may be apart that mean the same.
constexpr int64_t kSameTicks = kGridTicks;
// Updates come every 50 ms (RFC 4733 2.5.1.2). This is as late as audio may
// come and still be used.
constexpr int64_t kTimeoutUs = 1'000'000;

TelephoneEventBlock ReadBlock(std::span<const uint8_t> bytes) {
  return {.event = bytes[0],
          .is_end = (bytes[1] & 0x80) != 0,
          .level_dbm0 = -(bytes[1] & 0x3f),
          .duration_samples = bytes[2] << 8 | bytes[3]};
}

}  // namespace

std::optional<TelephoneEventBlock> ParseTelephoneEvent(
    std::span<const uint8_t> payload) {
  if (payload.empty() || payload.size() % kBlockBytes != 0) {
    return std::nullopt;
  }
  return ReadBlock(payload);
}

TelephoneEventTracker::TelephoneEventTracker(int clock_rate_hz)
    : clock_rate_hz_(clock_rate_hz) {}

std::span<const TelephoneEvent> TelephoneEventTracker::Push(
    int64_t position_ticks, std::span<const uint8_t> payload,
    int64_t arrival_us) {
  report_count_ = 0;
  if (payload.size() % kBlockBytes != 0) return {};
  const size_t blocks = std::min(payload.size() / kBlockBytes, kMaxBlocks);
  for (size_t i = 0; i < blocks; ++i) {
    const auto block = ReadBlock(payload.subspan(i * kBlockBytes));
    Take(position_ticks, block, arrival_us);
    // A packed event starts where the one before it ends.
    position_ticks += Ticks(block.duration_samples);
  }
  return std::span(reports_).first(report_count_);
}

void TelephoneEventTracker::Take(int64_t position_ticks,
                                 const TelephoneEventBlock& block,
                                 int64_t arrival_us) {
  if (sounds_ && BelongsToCurrent(position_ticks, block)) {
    Update(position_ticks, block, arrival_us);
    return;
  }
  if (IsOver(position_ticks, block)) return;

  TelephoneEvent begun = {.event = block.event,
                          .level_dbm0 = block.level_dbm0,
                          .start_ticks = position_ticks,
                          .duration_ticks = Ticks(block.duration_samples)};
  if (sounds_ && position_ticks < current_.start_ticks) {
    // All its other packets are lost or later still: over before it was known.
    Report(begun);
    begun.has_ended = true;
    Report(begun);
    Remember(begun);
    return;
  }
  if (sounds_) {
    current_.duration_ticks = std::min(current_.duration_ticks,
                                       position_ticks - current_.start_ticks);
    Report(EndCurrent());
  }
  sounds_ = true;
  current_ = begun;
  Report(begun);
  segment_ticks_ = position_ticks;
  Update(position_ticks, block, arrival_us);
}

bool TelephoneEventTracker::BelongsToCurrent(
    int64_t position_ticks, const TelephoneEventBlock& block) const {
  if (block.event != current_.event) return false;
  const int64_t next_segment_ticks = segment_ticks_ + Ticks(kSegmentSamples);
  const bool is_next =
      std::llabs(position_ticks - next_segment_ticks) <= kSameTicks;
  const bool is_known = position_ticks >= current_.start_ticks - kSameTicks &&
                        position_ticks <= segment_ticks_ + kSameTicks;
  return is_next || is_known;
}

void TelephoneEventTracker::Update(int64_t position_ticks,
                                   const TelephoneEventBlock& block,
                                   int64_t arrival_us) {
  last_heard_us_ = std::max(last_heard_us_, arrival_us);
  segment_ticks_ = std::max(segment_ticks_, position_ticks);
  const int64_t duration_ticks =
      position_ticks - current_.start_ticks + Ticks(block.duration_samples);
  current_.duration_ticks = std::max(current_.duration_ticks, duration_ticks);
  if (block.is_end) Report(EndCurrent());
}

// Whether a block repeats an event that has been reported to its end.
bool TelephoneEventTracker::IsOver(int64_t position_ticks,
                                   const TelephoneEventBlock& block) const {
  const auto ended = std::span(ended_).first(ended_count_);
  return std::any_of(
      ended.begin(), ended.end(), [&](const TelephoneEvent& event) {
        const int64_t into_ticks = position_ticks - event.start_ticks;
        return event.event == block.event && into_ticks >= -kSameTicks &&
               (into_ticks <= kSameTicks || into_ticks < event.duration_ticks);
      });
}

std::optional<TelephoneEvent> TelephoneEventTracker::Expire(int64_t now_us) {
  const std::optional<int64_t> due_us = expires_us();
  if (!due_us || now_us < *due_us) return std::nullopt;
  return EndCurrent();
}

std::optional<int64_t> TelephoneEventTracker::expires_us() const {
  if (!sounds_) return std::nullopt;
  return last_heard_us_ + kTimeoutUs;
}

void TelephoneEventTracker::Report(const TelephoneEvent& event) {
  reports_[report_count_++] = event;
}

TelephoneEvent TelephoneEventTracker::EndCurrent() {
  sounds_ = false;
  current_.has_ended = true;
  Remember(current_);
  return current_;
}

void TelephoneEventTracker::Remember(const TelephoneEvent& event) {
  ended_[next_ended_] = event;
  next_ended_ = (next_ended_ + 1) % kMaxRemembered;
  ended_count_ =
      std::max(ended_count_, next_ended_ == 0 ? kMaxRemembered : next_ended_);
}

int64_t TelephoneEventTracker::Ticks(int64_t clock_ticks) const {
  return clock_ticks * kTicksPerSecond / clock_rate_hz_;
}

}  // namespace earshot
