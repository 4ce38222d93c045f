#include "receiver/receiver.h"

#include <algorithm>
#include <cassert>

#include "dsp/level.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

// Without a packet for this long the stream is taken to have paused; what is
// then made up would only hide that.
constexpr int64_t kMaxTailTicks = int64_t{1000} * kTicksPerMs;

// The host's timer may fire this much late before a frame counts as a miss.
constexpr int64_t kHostTickUs = 10'000;

int64_t TicksOf(int64_t us) { return us * kTicksPerMs / 1000; }

bool IsReal(Provenance provenance) {
  return provenance == Provenance::kReceived || provenance == Provenance::kFec;
}

// Steps after which the decoder no longer agrees with the sender's encoder.
bool IsLossy(StepKind kind) {
  return kind == StepKind::kLbrr || kind == StepKind::kConceal ||
         kind == StepKind::kTail;
}

}  // namespace

Receiver::Receiver(const ReceiverConfig& config)
    : config_(config),
      positions_(TicksOf(config.max_fill_us)),
      live_(config.sample_rate_hz, TicksOf(config.max_fill_us)),
      repairer_(config.sample_rate_hz, TicksOf(config.max_fill_us), buffer_,
                clock_),
      payload_type_(config.payload_type) {}

// ---- Packets in.

void Receiver::Push(std::span<const uint8_t> packet, int64_t arrival_us) {
  const auto header = ParseRtpHeader(packet);
  if (!header || packet.size() > kMaxPayloadBytes) {
    ++counters_.packets_malformed;
    return;
  }
  if (payload_type_ < 0) payload_type_ = header->payload_type;
  if (header->payload_type != payload_type_) {
    ++counters_.packets_other_payload;
    return;
  }
  const auto payload =
      packet.subspan(header->payload_offset, header->payload_size);
  const auto gate = gate_.Check(header->ssrc, header->sequence_number);
  switch (gate.verdict) {
    case GateVerdict::kProbation:
      KeepOnProbation(packet, arrival_us);
      return;
    case GateVerdict::kRestart:
      ++counters_.restarts;
      PushFromProbation(gate.sequence - 1);
      PushAccepted(*header, payload, gate.sequence, arrival_us, false);
      return;
    case GateVerdict::kAccept:
      PushAccepted(*header, payload, gate.sequence, arrival_us, false);
      return;
  }
}

void Receiver::PushAccepted(const RtpHeader& header,
                            std::span<const uint8_t> payload, int64_t sequence,
                            int64_t arrival_us, bool starts_epoch) {
  const auto opus = ParseOpusPacket(payload);
  if (!opus) {
    ++counters_.packets_malformed;
    return;
  }
  if (!started_) {
    first_sequence_ = newest_sequence_ = sequence;
    live_.place().next_sequence = sequence;
  }
  if (!IsFirstSight(sequence)) {
    ++counters_.packets_duplicate;
    return;
  }
  ++counters_.packets_received;
  if (sequence < newest_sequence_) ++counters_.packets_reordered;
  newest_sequence_ = std::max(newest_sequence_, sequence);
  if (opus->has_lbrr) ++counters_.fec_packets_received;
  jitter_.OnPacket(TicksOf(arrival_us), header.timestamp);

  const auto position = positions_.Locate(
      {sequence, header.timestamp, arrival_us, opus->duration_ticks,
       starts_epoch, live_.place().slip_ticks},
      clock_);
  started_ = true;
  if (position && clock_.OnPacket(*position + live_.place().slip_ticks +
                                      opus->duration_ticks,
                                  arrival_us)) {
    ++counters_.path_shifts;
  }
  if (!position) {
    ++counters_.packets_late;
    buffer_.MarkSeen(sequence);
    return;
  }
  const BufferedPacket packet = {sequence, *position, arrival_us, *opus,
                                 starts_epoch};
  if (sequence < live_.place().next_sequence) {
    PushLate(packet, payload);
    return;
  }
  if (!buffer_.Insert(packet, payload)) {
    ++counters_.packets_overflow;
    return;
  }
  wakeup_us_ = arrival_us;
}

// Its audio was handed out without it; it may still heal the past.
void Receiver::PushLate(const BufferedPacket& packet,
                        std::span<const uint8_t> payload) {
  ++counters_.packets_late;
  const int64_t at_ticks = packet.media_ticks + live_.place().slip_ticks;
  if (repairer_.Reaches(packet.sequence, at_ticks) &&
      buffer_.InsertKept(packet, payload)) {
    repairer_.Want(packet.sequence, at_ticks, packet.arrival_us);
    wakeup_us_ = packet.arrival_us;
    return;
  }
  ++counters_.packets_unrepairable;
  buffer_.MarkSeen(packet.sequence);
}

bool Receiver::IsFirstSight(int64_t sequence) {
  const PacketState state = buffer_.StateOf(sequence);
  return state == PacketState::kUnknown;
}

void Receiver::KeepOnProbation(std::span<const uint8_t> packet,
                               int64_t arrival_us) {
  ++counters_.packets_on_probation;
  std::copy(packet.begin(), packet.end(), probation_packet_.begin());
  probation_bytes_ = packet.size();
  probation_arrival_us_ = arrival_us;
}

void Receiver::PushFromProbation(int64_t sequence) {
  const auto packet = std::span(probation_packet_).first(probation_bytes_);
  const auto header = ParseRtpHeader(packet);
  assert(header);  // It was parsed when it was kept.
  --counters_.packets_on_probation;
  PushAccepted(*header,
               packet.subspan(header->payload_offset, header->payload_size),
               sequence, probation_arrival_us_, /*starts_epoch=*/true);
}

// ---- Frames out.

int Receiver::Poll(int64_t now_us, std::span<int16_t> pcm,
                   std::span<Frame> frames) {
  if (now_us < now_us_) ++counters_.clock_went_back;
  now_us_ = std::max(now_us, now_us_);

  Output out(pcm, frames);
  wakeup_us_ = now_us_;  // Unless all is done: there is more.
  for (;;) {
    SkipPassedPackets();
    if (!repairer_.Run(now_us_, live_, out)) return out.count();
    const BufferedPacket* next = buffer_.Oldest();
    const Step step = live_.Plan(next);
    const Decision decision = Decide(LookAtHead(step, next));
    if (decision.verdict == Verdict::kWait) {
      wakeup_us_ = decision.wake_us;
      break;
    }
    if (!Act(step, next, out)) return out.count();
  }
  repairer_.Expire(live_);
  const int64_t repair_us = repairer_.DueUs();
  if (repair_us != kNever && (wakeup_us_ == kNever || repair_us < wakeup_us_)) {
    wakeup_us_ = repair_us;
  }
  return out.count();
}

// Passes over numbers that are missing without missing audio, and over packets
// whose whole time has been filled.
void Receiver::SkipPassedPackets() {
  while (const BufferedPacket* next = buffer_.Oldest()) {
    DecodeCursor::Place& place = live_.place();
    const bool has_passed = live_.HasPassed(*next);
    if (!live_.Expects(*next)) {
      if (has_passed) {
        place.next_sequence = next->sequence;
        continue;
      }
      live_.Stitch(*next);
      place.next_sequence = next->sequence - live_.MissingBefore(*next);
      JudgeTail(*next);
      return;
    }
    live_.Stitch(*next);
    if (!has_passed) {
      JudgeTail(*next);
      return;
    }
    ++counters_.packets_late;
    place.next_sequence = next->sequence + 1;
    repairer_.Want(next->sequence, next->media_ticks + place.slip_ticks,
                   now_us_);
    TakeOut(next->sequence);
  }
}

// Concealment at the tail was a guess. The next packet shows whether the sender
// had spoken there or not.
void Receiver::JudgeTail(const BufferedPacket& next) {
  if (tail_judged_) return;
  tail_judged_ = true;
  const DecodeCursor::Place& place = live_.place();
  repairer_.Want(next.sequence, place.head_ticks - place.tail_ticks, now_us_);
  repairer_.Hurry();  // Before a pause moves the head away from it.
}

HeadState Receiver::LookAtHead(const Step& step,
                               const BufferedPacket* next) const {
  HeadState head;
  head.now_us = now_us_;
  head.ended = ended_;
  if (!started_) return head;
  switch (step.kind) {
    case StepKind::kTail:
      if (live_.place().tail_ticks >= kMaxTailTicks) return head;
      head.kind = HeadKind::kTail;
      break;
    case StepKind::kDeliver:
      head.kind = HeadKind::kReady;
      break;
    case StepKind::kPause:
      head.kind = HeadKind::kPause;
      break;
    case StepKind::kLbrr:
    case StepKind::kConceal:
    case StepKind::kFoundPause:
    case StepKind::kJump:
      head.kind = live_.Expects(*next) ? HeadKind::kPause : HeadKind::kHole;
      head.hole_visible_us = next->arrival_us;
      head.lbrr_covers_head = step.kind == StepKind::kLbrr;
      break;
  }
  // A gap that no packet could have filled is judged by its first frame.
  const int64_t ticks =
      step.kind == StepKind::kFoundPause || step.kind == StepKind::kJump
          ? kFillFrameTicks
          : step.ticks;
  head.deadline_us =
      clock_.LineUs(live_.place().head_ticks + ticks) + config_.deadline_us;
  return head;
}

// False when the caller's memory is full.
bool Receiver::Act(const Step& step, const BufferedPacket* next, Output& out) {
  if (step.kind == StepKind::kFoundPause || step.kind == StepKind::kJump) {
    live_.Skip(step, *next);
    if (step.kind == StepKind::kJump) {
      ++counters_.discontinuities;
      repairer_.JumpTo(live_.place().head_ticks);
    }
    return true;
  }
  const auto room = out.Room(live_.SamplesOf(step.ticks + step.passed_ticks));
  if (room.empty()) return false;

  if (IsLossy(step.kind)) repairer_.BeforeLoss(live_);
  if (step.kind == StepKind::kTail) tail_judged_ = false;
  const auto payload = next == nullptr ? std::span<const uint8_t>()
                                       : buffer_.Payload(next->sequence);
  const Made made = live_.Render(step, next, payload, room);
  if (step.kind == StepKind::kDeliver) TakeOut(next->sequence);
  Emit(step, made, out);
  return true;
}

// A packet that was used: kept only where a repair may need it again.
void Receiver::TakeOut(int64_t sequence) {
  if (repairer_.NeedsPackets()) {
    buffer_.Keep(sequence);
  } else {
    buffer_.Release(sequence);
  }
}

void Receiver::Emit(const Step& step, const Made& made, Output& out) {
  const size_t samples = live_.SamplesOf(step.ticks);
  const auto pcm = out.Room(samples);
  const int64_t end_ticks = live_.place().head_ticks;

  if (made.provenance == Provenance::kPlc) {
    if (loss_run_ticks_ == 0) ++counters_.concealment_events;
    loss_run_ticks_ += step.ticks;
  } else {
    loss_run_ticks_ = 0;
  }

  Frame& frame = out.Add(samples);
  frame.media_ticks = end_ticks - step.ticks;
  frame.duration_ticks = step.ticks;
  frame.provenance = made.provenance;
  frame.arrival_us = made.arrival_us;
  frame.latency_us = now_us_ - clock_.LineUs(end_ticks);
  frame.missed_deadline = frame.latency_us > config_.deadline_us + kHostTickUs;
  frame.loss_run_ticks =
      static_cast<int32_t>(std::min<int64_t>(loss_run_ticks_, INT32_MAX));
  frame.level_db = LevelDb(pcm);
  repairer_.Handed(frame.media_ticks, frame.provenance, pcm);

  if (frame.missed_deadline) ++counters_.deadline_misses;
  counters_.provenance_ticks[static_cast<size_t>(made.provenance)] +=
      step.ticks;
  if (IsReal(made.provenance)) {
    live_.comfort_noise().Learn(frame.level_db, step.ticks);
    counters_.buffer_emitted_samples += static_cast<int64_t>(samples);
    counters_.buffer_delay_us_samples +=
        (now_us_ - made.arrival_us) * static_cast<int64_t>(samples);
  }
}

void Receiver::End() {
  ended_ = true;
  repairer_.Hurry();
  wakeup_us_ = now_us_;
}

const Counters& Receiver::ReadCounters() {
  if (started_) {
    const int64_t expected = newest_sequence_ - first_sequence_ + 1;
    counters_.packets_lost =
        std::max<int64_t>(0, expected - counters_.packets_received);
    counters_.minimum_delay_us = clock_.LineUs(0);
    counters_.drift_ppm = clock_.drift_ppm();
  }
  counters_.timestamp_jumps = positions_.jumps();
  counters_.jitter_ticks_q4 = jitter_.jitter_q4();
  counters_.repairs = repairer_.repairs();
  counters_.repaired_ticks = repairer_.repaired_ticks();
  return counters_;
}

}  // namespace earshot
