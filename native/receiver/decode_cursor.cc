#include "receiver/decode_cursor.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "codec/pcm_decoder.h"
#include "dsp/level.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

// libopus announces silence after 200 ms without speech (DTX hangover of 10
// frames, silk/define.h NB_SPEECH_FRAMES_BEFORE_DTX, 1.3.1).
constexpr int64_t kQuietTicks = int64_t{100} * kTicksPerMs;
constexpr float kQuietMarginDb = 12.0f;

int64_t OnGrid(int64_t ticks) { return ticks - ticks % kGridTicks; }

}  // namespace

DecodeCursor::DecodeCursor(const DecoderConfig& config) : config_(config) {
  Use(CodecFormat());
  if (config.library.features().dred) {
    dred_ = std::make_unique<DredDecoder>(config.library);
  }
}

void DecodeCursor::Use(const CodecFormat& format) {
  for (size_t i = 0; i < kDecoders; ++i) {
    if (decoders_[i].decoder && decoders_[i].format == format) {
      active_ = i;
      return;
    }
  }
  active_ = oldest_;
  oldest_ = (oldest_ + 1) % kDecoders;
  decoders_[active_].format = format;
  if (format.kind == CodecKind::kOpus) {
    decoders_[active_].decoder = std::make_unique<OpusDecoderHost>(
        config_.library, config_.sample_rate_hz, config_.channels);
  } else {
    decoders_[active_].decoder = std::make_unique<PcmDecoder>(
        format, config_.sample_rate_hz, config_.channels);
  }
}

void DecodeCursor::SwapDecodersWith(DecodeCursor& other) {
  std::swap(decoders_, other.decoders_);
  std::swap(active_, other.active_);
  std::swap(oldest_, other.oldest_);
}

Step DecodeCursor::Plan(const BufferedPacket* next,
                        int64_t missing_packets) const {
  if (next == nullptr) {
    // As long as the packet that is waited for: its deadline is that of its
    // end.
    return {StepKind::kTail, place_.last_packet_ticks};
  }
  const int64_t gap = GapTicks(*next);
  if (gap > config_.max_gap_ticks) return {StepKind::kJump};
  if (Expects(*next)) {
    if (gap > 0) return {StepKind::kPause, FillTicks(gap)};
    if (next->is_mute()) return {StepKind::kAnnounce};
    const auto passed = static_cast<int>(-gap);
    return {StepKind::kDeliver, next->coded.duration_ticks - passed, passed};
  }
  if (place_.head_ticks < place_.pause_end_ticks) {
    return {StepKind::kPause, FillTicks(std::min(gap, place_.pause_end_ticks -
                                                          place_.head_ticks))};
  }

  Hole hole;
  hole.gap_ticks = gap;
  hole.missing_packets = missing_packets;
  hole.usual_ticks = place_.last_packet_ticks;
  hole.lbrr_ticks = next->coded.has_lbrr ? next->coded.frame_ticks : 0;
  hole.near_dtx = place_.last_was_dtx || next->coded.is_dtx;
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

bool DecodeCursor::IsSilent() const {
  return place_.last_was_dtx ||
         (place_.uses_dtx && place_.quiet_ticks >= kQuietTicks);
}

void DecodeCursor::Hear(float level_db, int ticks) {
  comfort_noise_.Learn(level_db, ticks);
  const bool is_quiet = level_db < comfort_noise_.floor_db() + kQuietMarginDb;
  place_.quiet_ticks = is_quiet ? place_.quiet_ticks + ticks : 0;
}

bool DecodeCursor::HasPassed(const BufferedPacket& next) const {
  if (Expects(next) && next.is_mute()) return false;
  const int64_t gap = GapTicks(next);
  if (!Expects(next)) return gap < kGridTicks;
  // What Stitch moves to the head has not passed, be it no longer than that.
  const int64_t rest = gap + next.coded.duration_ticks;
  return rest <= (gap > -kGridTicks ? 0 : kGridTicks);
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
      if (const auto& format = config_.payloads->Find(next->payload_type)) {
        Use(*format);
      }
      if (next->starts_epoch) decoder().Reset();
      const int samples = decoder().Decode(payload, room);
      place_.next_sequence = next->sequence + 1;
      place_.tail_ticks = 0;
      place_.last_was_dtx = next->coded.is_dtx;
      place_.uses_dtx |= next->coded.is_dtx;
      place_.last_packet_ticks = next->coded.duration_ticks;
      if (samples != static_cast<int>(room.size())) {
        decoder().Conceal(room, Concealment::kClassic);
      } else if (next->coded.is_dtx) {
        made = {Provenance::kDtx, next->arrival_us};
        NeverZero(room);
      } else {
        made = {next->is_copy ? Provenance::kRed : Provenance::kReceived,
                next->arrival_us};
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
        decoder().Conceal(room, Concealment::kClassic);
        NeverZero(room);
      } else {
        comfort_noise_.Fill(room);
      }
      made.provenance = place_.last_was_dtx || next->coded.is_dtx
                            ? place_.silence
                            : Provenance::kSilence;
      break;
    case StepKind::kLbrr:
      decoder().DecodeLbrr(payload, room);
      place_.last_was_dtx = false;
      made = {Provenance::kFec, next->arrival_us};
      break;
    case StepKind::kTail:
      place_.tail_ticks += step.ticks;
      if (place_.last_was_dtx) {
        Conceal(room, step.ticks);
        NeverZero(room);
        made.provenance = place_.silence;
      } else if (IsSilent()) {
        comfort_noise_.Fill(room);
        made.provenance = Provenance::kSilence;
      } else {
        Conceal(room, step.ticks);
      }
      break;
    case StepKind::kConceal:
      if (RecallFrom(*next, payload, room, step.ticks)) {
        place_.last_was_dtx = false;
        made = {Provenance::kDred, next->arrival_us};
        break;
      }
      Conceal(room, step.ticks);
      // What is missing between two announcements of silence is a third.
      if (place_.last_was_dtx && next->coded.is_dtx) {
        NeverZero(room);
        made.provenance = place_.silence;
      }
      break;
    case StepKind::kAnnounce:
    case StepKind::kJump:
    case StepKind::kFoundPause:
      break;
  }
  place_.is_concealing = made.provenance == Provenance::kPlc;
  if (step.uses_up_packet) ++place_.next_sequence;
  place_.head_ticks += step.ticks;
  return made;
}

void DecodeCursor::Announce(const BufferedPacket& next,
                            std::span<const uint8_t> payload) {
  place_.next_sequence = next.sequence + 1;
  decoder().AnnounceSilence(payload);
  place_.last_was_dtx = true;
  place_.silence = Provenance::kCng;
  place_.tail_ticks = 0;
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

// Makes audio of what `next` tells of it by deep redundancy; false where it
// tells nothing.
bool DecodeCursor::RecallFrom(const BufferedPacket& next,
                              std::span<const uint8_t> payload,
                              std::span<int16_t> room, int ticks) {
  if (!dred_ || format().kind != CodecKind::kOpus) return false;
  const int64_t back_ticks = GapTicks(next);
  if (back_ticks > DredDecoder::kMaxTicks) return false;
  if (dred_sequence_ != next.sequence || dred_ticks_ < back_ticks) {
    dred_->Read(payload, static_cast<int>(back_ticks));
    dred_sequence_ = next.sequence;
    dred_ticks_ = back_ticks;
  }
  const int from_ticks = static_cast<int>(back_ticks);
  if (!dred_->reach().Holds(from_ticks, ticks)) return false;
  auto& host = static_cast<OpusDecoderHost&>(decoder());
  return host.DecodeDred(*dred_, from_ticks, room) ==
         static_cast<int>(room.size());
}

// Silence that the codec had announced goes on as its comfort noise.
void DecodeCursor::Conceal(std::span<int16_t> room, int ticks) {
  decoder().Conceal(room, ConcealmentFor({.ticks = ticks,
                                          .begins_run = !place_.is_concealing,
                                          .is_silence = place_.last_was_dtx},
                                         config_.budget));
}

// Digital silence makes recognizers invent words.
void DecodeCursor::NeverZero(std::span<int16_t> pcm) {
  if (LevelDb(pcm) <= kSilenceDb) comfort_noise_.Fill(pcm);
}

// What is filled comes in frames like the sender's, of 20 ms at the most, or in
// several of them where silence was announced: wherever filling begins, as a
// repair may do in the middle, what is left at its end is the same.
int DecodeCursor::FillTicks(int64_t limit_ticks) const {
  const int piece_ticks = std::min(place_.last_packet_ticks, kFillFrameTicks);
  const auto ticks = static_cast<int>(std::min<int64_t>(
      limit_ticks, place_.last_was_dtx ? kSilenceFrameTicks : piece_ticks));
  return ticks < piece_ticks ? ticks : ticks - ticks % piece_ticks;
}

size_t DecodeCursor::SamplesOf(int64_t ticks) const {
  return static_cast<size_t>(ticks * config_.channels * config_.sample_rate_hz /
                             kTicksPerSecond);
}

}  // namespace earshot
