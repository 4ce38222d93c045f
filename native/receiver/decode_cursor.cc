#include "receiver/decode_cursor.h"

#include <algorithm>
#include <cstdlib>

#include "dsp/level.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

int64_t OnGrid(int64_t ticks) { return ticks - ticks % kGridTicks; }

}  // namespace

DecodeCursor::DecodeCursor(const DecoderConfig& config)
    : samples_per_second_(config.channels * config.sample_rate_hz),
      max_gap_ticks_(config.max_gap_ticks),
      budget_(config.budget),
      decoder_(std::make_unique<OpusDecoderHost>(
          config.library, config.sample_rate_hz, config.channels)) {}

Step DecodeCursor::Plan(const BufferedPacket* next) const {
  if (next == nullptr) {
    return {StepKind::kTail, FillTicks(kFillFrameTicks)};
  }
  const int64_t gap = GapTicks(*next);
  if (gap > max_gap_ticks_) return {StepKind::kJump};
  if (Expects(*next)) {
    if (gap > 0) return {StepKind::kPause, FillTicks(gap)};
    const auto passed = static_cast<int>(-gap);
    return {StepKind::kDeliver, next->opus.duration_ticks - passed, passed};
  }
  if (place_.head_ticks < place_.pause_end_ticks) {
    return {StepKind::kPause, FillTicks(std::min(gap, place_.pause_end_ticks -
                                                          place_.head_ticks))};
  }

  Hole hole;
  hole.gap_ticks = gap;
  hole.missing_packets = next->sequence - place_.next_sequence;
  hole.usual_ticks = place_.last_packet_ticks;
  hole.lbrr_ticks = next->opus.has_lbrr ? next->opus.frame_ticks : 0;
  hole.near_dtx = place_.last_was_dtx || next->opus.is_dtx;
  const HoleStep step = FirstStep(hole);
  const auto ticks =
      static_cast<int>(std::min<int64_t>(step.ticks, kMaxPacketTicks));
  switch (step.kind) {
    case HoleStepKind::kPause:
      return {StepKind::kFoundPause, static_cast<int>(OnGrid(step.ticks))};
    case HoleStepKind::kLbrr:
      return {StepKind::kLbrr, ticks, 0, true};
    case HoleStepKind::kConceal:
      break;
  }
  return {StepKind::kConceal, ticks, 0, step.uses_up_packet};
}

bool DecodeCursor::HasPassed(const BufferedPacket& next) const {
  const int64_t gap = GapTicks(next);
  const int64_t duration = next.opus.duration_ticks;
  // Of a packet as short as the grid, half of it may be missing.
  return Expects(next)
             ? gap + duration <= std::min<int64_t>(kGridTicks, duration / 2)
             : gap <= 0;
}

void DecodeCursor::Stitch(const BufferedPacket& next) {
  const int64_t gap = GapTicks(next);
  const bool follows = Expects(next) && std::llabs(gap) <= kGridTicks;
  place_.slip_ticks -= follows ? gap : gap % kGridTicks;
}

Made DecodeCursor::Render(const Step& step, const BufferedPacket* next,
                          std::span<const uint8_t> payload,
                          std::span<int16_t> room) {
  Made made = {Provenance::kPlc, kNever};
  switch (step.kind) {
    case StepKind::kDeliver: {
      if (next->starts_epoch) decoder_->Reset();
      const int samples = decoder_->Decode(payload, room);
      place_.next_sequence = next->sequence + 1;
      place_.tail_ticks = 0;
      place_.last_was_dtx = next->opus.is_dtx;
      place_.last_packet_ticks = next->opus.duration_ticks;
      if (samples != static_cast<int>(room.size())) {
        decoder_->Conceal(room, Concealment::kClassic);
      } else if (next->opus.is_dtx) {
        made = {Provenance::kDtx, next->arrival_us};
        NeverZero(room);
      } else {
        made = {Provenance::kReceived, next->arrival_us};
      }
      // The part that has been handed out already is cut off.
      const auto kept = room.subspan(SamplesOf(step.passed_ticks));
      std::copy(kept.begin(), kept.end(), room.begin());
      break;
    }
    case StepKind::kPause:
      // After a DTX packet the codec's own comfort noise goes on without a
      // seam.
      if (place_.last_was_dtx) {
        decoder_->Conceal(room, Concealment::kClassic);
        NeverZero(room);
      } else {
        comfort_noise_.Fill(room);
      }
      made.provenance = place_.last_was_dtx || next->opus.is_dtx
                            ? Provenance::kDtx
                            : Provenance::kSilence;
      break;
    case StepKind::kLbrr:
      decoder_->DecodeLbrr(payload, room);
      place_.last_was_dtx = false;
      made = {Provenance::kFec, next->arrival_us};
      break;
    case StepKind::kTail:
      place_.tail_ticks += step.ticks;
      Conceal(room, step.ticks);
      if (place_.last_was_dtx) {
        NeverZero(room);
        made.provenance = Provenance::kDtx;
      }
      break;
    case StepKind::kConceal:
      Conceal(room, step.ticks);
      // What is missing between two announcements of silence is a third.
      if (place_.last_was_dtx && next->opus.is_dtx) {
        NeverZero(room);
        made.provenance = Provenance::kDtx;
      }
      break;
    case StepKind::kJump:
    case StepKind::kFoundPause:
      break;
  }
  place_.is_concealing = made.provenance == Provenance::kPlc;
  if (step.uses_up_packet) ++place_.next_sequence;
  place_.head_ticks += step.ticks;
  return made;
}

void DecodeCursor::Skip(const Step& step, const BufferedPacket& next) {
  if (step.kind == StepKind::kFoundPause) {
    place_.pause_end_ticks = place_.head_ticks + step.ticks;
    return;
  }
  place_.head_ticks += OnGrid(GapTicks(next));
  place_.next_sequence = next.sequence;
}

int64_t DecodeCursor::MissingBefore(const BufferedPacket& next) const {
  const int64_t missing = next.sequence - place_.next_sequence;
  if (place_.tail_ticks == 0) return missing;
  const int usual = place_.last_packet_ticks;
  return std::min(missing, (GapTicks(next) + usual - 1) / usual);
}

// Silence that the codec had announced goes on as its comfort noise.
void DecodeCursor::Conceal(std::span<int16_t> room, int ticks) {
  const bool may_be_deep = budget_ != nullptr && !place_.last_was_dtx;
  decoder_->Conceal(room, may_be_deep
                              ? budget_->Spend(ticks, !place_.is_concealing)
                              : Concealment::kClassic);
}

// Digital silence makes recognizers invent words.
void DecodeCursor::NeverZero(std::span<int16_t> pcm) {
  if (LevelDb(pcm) <= kSilenceDb) comfort_noise_.Fill(pcm);
}

// What is filled comes in frames like the sender's, of 20 ms at the most.
int DecodeCursor::FillTicks(int64_t limit_ticks) const {
  return static_cast<int>(std::min<int64_t>(
      {limit_ticks, place_.last_packet_ticks, kFillFrameTicks}));
}

size_t DecodeCursor::SamplesOf(int64_t ticks) const {
  return static_cast<size_t>(ticks * samples_per_second_ / kTicksPerSecond);
}

}  // namespace earshot
