#include "receiver/look_ahead.h"

#include <algorithm>

namespace earshot {
namespace {

// As long as a recognizer may wait playout reads on, this much at the most, and
// two packets: of the last one more is known than is needed.
constexpr int64_t kMostWaitUs = 500'000;

}  // namespace

int64_t LookAhead::MostTicks(int64_t deadline_us) {
  const int64_t most_ticks =
      std::min(kMostWaitUs, deadline_us) * kTicksPerMs / 1000;
  return most_ticks - most_ticks % kGridTicks + 2 * kMaxPacketTicks;
}

LookAhead::LookAhead(const DecodeCursor& live, Repairer& repairer,
                     const PacketBuffer& buffer, Timeline& timeline,
                     int64_t deadline_us)
    : live_(live),
      repairer_(repairer),
      buffer_(buffer),
      timeline_(timeline),
      most_ticks_(MostTicks(deadline_us)) {}

void LookAhead::WriteTo(int64_t needed_ticks) {
  const int64_t end_ticks =
      std::min(std::max(needed_ticks, reached_.head_ticks), LimitTicks());
  if (end_ticks <= live_.place().head_ticks || buffer_.waiting() == 0) return;
  if (IsOutdated() || HasWaiting()) DecodeTo(end_ticks);
}

// Where the cursor was used for something else since, it comes here again from
// the live decoder's place: for that no decoder's state need be kept.
void LookAhead::DecodeTo(int64_t end_ticks) {
  const bool is_here = !IsOutdated() && cursor_use_ == repairer_.cursor_uses();
  DecodeCursor& cursor = repairer_.ScratchCursor();
  cursor_use_ = repairer_.cursor_uses();
  if (!is_here) {
    begin_ticks_ = live_.place().head_ticks;
    begin_repair_ = repairer_.runs();
    cursor.CopyFrom(live_);
  }
  while (Continue(cursor, end_ticks)) {
  }
  reached_ = cursor.place();
  is_in_silence_ = cursor.IsSilent();
}

const DecodeCursor& LookAhead::End() {
  DecodeTo(reached_.head_ticks);
  return repairer_.cursor();
}

// One step; false where there is nothing more to do.
bool LookAhead::Continue(DecodeCursor& cursor, int64_t end_ticks) {
  int64_t& next_sequence = cursor.place().next_sequence;
  next_sequence = buffer_.PastEmpty(next_sequence);
  const BufferedPacket* next = buffer_.FirstFrom(next_sequence);
  if (next == nullptr) return false;
  if (cursor.HasPassed(*next)) {
    next_sequence = next->sequence + (cursor.Expects(*next) ? 1 : 0);
    return true;
  }
  cursor.Stitch(*next);
  return Write(cursor, *next, end_ticks);
}

bool LookAhead::Write(DecodeCursor& cursor, const BufferedPacket& next,
                      int64_t end_ticks) {
  const DecodeCursor::Place& place = cursor.place();
  const Step step = cursor.Plan(
      &next, buffer_.CountAudio(place.next_sequence, next.sequence));
  const bool is_hole = !cursor.Expects(next) && step.kind != StepKind::kPause;
  if ((is_hole && place.head_ticks >= end_ticks) ||
      step.kind == StepKind::kJump) {
    return false;
  }
  if (step.kind == StepKind::kFoundPause) {
    cursor.Skip(step, next);
    return true;
  }
  if (place.head_ticks + step.ticks > LimitTicks()) return false;
  const auto payload = buffer_.Payload(next.sequence);
  if (step.kind == StepKind::kAnnounce) {
    cursor.Announce(next, payload);
    return true;
  }
  PacketPcm pcm;
  const auto room =
      std::span(pcm).first(cursor.SamplesOf(step.ticks + step.passed_ticks));
  const int64_t at_ticks = place.head_ticks;
  const Made made = cursor.Render(step, &next, payload, room);
  timeline_.WriteAhead(at_ticks, made.provenance,
                       room.first(cursor.SamplesOf(step.ticks)));
  return true;
}

}  // namespace earshot
