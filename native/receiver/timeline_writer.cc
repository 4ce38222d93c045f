#include "receiver/timeline_writer.h"

#include <algorithm>

#include "dsp/level.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

// Without a packet for this long the stream is taken to have paused; what is
// then made up would only hide that.
constexpr int64_t kMaxTailTicks = int64_t{1000} * kTicksPerMs;

// A poll is made of pieces of this much, of two packets at least; where playout
// goes on by itself, a recognizer may be so much behind it.
constexpr int64_t kQueueTicks = int64_t{240} * kTicksPerMs;
constexpr int64_t kPatientQueueTicks = int64_t{1280} * kTicksPerMs;

// The host's timer may fire this much late before a frame counts as a miss.
constexpr int64_t kHostTickUs = 10'000;

// Steps after which the decoder no longer agrees with the sender's encoder.
bool IsLossy(StepKind kind) {
  return kind == StepKind::kLbrr || kind == StepKind::kConceal ||
         kind == StepKind::kTail;
}

}  // namespace

TimelineWriter::TimelineWriter(const TimelineWriterConfig& config,
                               PacketBuffer& buffer, const SenderClock& clock,
                               const DelayModel& delays, Counters& counters)
    : config_(config),
      buffer_(buffer),
      clock_(clock),
      delays_(delays),
      counters_(counters),
      live_(config.decoder),
      timeline_(config.decoder.sample_rate_hz, config.decoder.channels,
                Repairer::kMemoryTicks, config.audio_ticks,
                config.readers == Readers::kBoth
                    ? LookAhead::MostTicks(config.deadline_us)
                    : 0),
      repairer_(HasRecognizer(config.readers) ? RepairReach::kSecond
                                              : RepairReach::kQuarter,
                DecodeCursor(config.decoder), buffer, clock, timeline_) {
  if (config.readers != Readers::kRecognizer) {
    extrapolator_.emplace(live_, repairer_, config.decoder.budget);
  }
  if (!HasRecognizer(config.readers)) return;
  queue_.emplace(live_.SamplesOf(
      config.readers == Readers::kBoth ? kPatientQueueTicks : kQueueTicks));
  if (config.readers != Readers::kBoth) return;
  look_ahead_.emplace(live_, repairer_, buffer_, timeline_, config.deadline_us);
}

void TimelineWriter::StartAt(int64_t sequence) {
  started_ = true;
  live_.place().next_sequence = sequence;
}

void TimelineWriter::TakeLate(const BufferedPacket& packet,
                              std::span<const uint8_t> payload) {
  ++counters_.packets_late;
  newest_arrival_us_ = std::max(newest_arrival_us_, packet.arrival_us);
  const int64_t at_ticks = packet.media_ticks + live_.place().slip_ticks;
  if (repairer_.Reaches(packet.sequence, at_ticks) &&
      buffer_.InsertKept(packet, payload)) {
    repairer_.Want(packet.sequence, at_ticks, packet.arrival_us);
    return;
  }
  ++counters_.packets_unrepairable;
  buffer_.MarkSeen(packet.sequence);
}

bool TimelineWriter::Advance(int64_t now_us, int64_t needed_ticks) {
  now_us_ = now_us;
  wakeup_us_ = now_us;  // Unless all is done: there is more.
  for (;;) {
    SkipPassedPackets();
    if (!HasRoom() || !repairer_.Run(now_us_, live_, queue())) return false;
    const BufferedPacket* next = buffer_.Oldest();
    const Step step = PlanAt(next);
    const Decision decision = Decide(LookAtHead(step, next), delays_);
    if (decision.verdict == Verdict::kWait && !IsNeeded(step, needed_ticks)) {
      wakeup_us_ = decision.wake_us;
      break;
    }
    Act(step, next);
  }
  if (look_ahead_) look_ahead_->WriteTo(needed_ticks);
  repairer_.Expire(live_);
  const int64_t repair_us = repairer_.DueUs();
  if (repair_us != kNever && (wakeup_us_ == kNever || repair_us < wakeup_us_)) {
    wakeup_us_ = repair_us;
  }
  return true;
}

Step TimelineWriter::PlanAt(const BufferedPacket* next) const {
  const DecodeCursor::Place& place = live_.place();
  if (next != nullptr)
    return live_.Plan(next,
                      buffer_.CountAudio(place.next_sequence, next->sequence));
  Step step = live_.Plan(nullptr, 0);
  if (place.last_was_dtx) {
    step.ticks = SilenceTicks(step.ticks, config_.deadline_us, delays_);
  }
  return step;
}

// Passes over numbers that are missing without missing audio, and over packets
// whose whole time has been filled.
void TimelineWriter::SkipPassedPackets() {
  while (const BufferedPacket* next = buffer_.Oldest()) {
    DecodeCursor::Place& place = live_.place();
    place.next_sequence = buffer_.PastEmpty(place.next_sequence);
    const bool has_passed = live_.HasPassed(*next);
    if (!live_.Expects(*next)) {
      if (has_passed) {
        place.next_sequence = next->sequence;
        continue;
      }
      live_.Stitch(*next);
      place.next_sequence =
          buffer_.PastEmpty(next->sequence - live_.MissingBefore(*next));
      JudgeTail(*next);
      return;
    }
    live_.Stitch(*next);
    if (!has_passed) {
      JudgeTail(*next);
      return;
    }
    ++counters_.packets_late;
    newest_arrival_us_ = std::max(newest_arrival_us_, next->arrival_us);
    place.next_sequence = next->sequence + 1;
    repairer_.Want(next->sequence, next->media_ticks + place.slip_ticks,
                   now_us_);
    TakeOut(next->sequence);
  }
}

// Concealment at the tail was a guess. The next packet shows whether the sender
// had spoken there or not.
void TimelineWriter::JudgeTail(const BufferedPacket& next) {
  if (tail_judged_) return;
  tail_judged_ = true;
  const DecodeCursor::Place& place = live_.place();
  repairer_.Want(next.sequence, place.head_ticks - place.tail_ticks, now_us_);
  repairer_.Hurry();  // Before a pause moves the head away from it.
}

HeadState TimelineWriter::LookAtHead(const Step& step,
                                     const BufferedPacket* next) const {
  HeadState head;
  head.now_us = now_us_;
  head.ended = ended_;
  if (!started_) return head;
  switch (step.kind) {
    case StepKind::kTail:
      // Playout makes up what it needs by itself.
      if (!HasRecognizer(config_.readers) ||
          live_.place().tail_ticks >= kMaxTailTicks) {
        return head;
      }
      head.kind =
          live_.place().last_was_dtx ? HeadKind::kSilentTail : HeadKind::kTail;
      break;
    case StepKind::kDeliver:
    case StepKind::kAnnounce:
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
      if (head.kind == HeadKind::kHole && !HasRecognizer(config_.readers) &&
          !ended_) {
        head.kind = HeadKind::kNothing;  // Until playout needs it.
      }
      head.hole_visible_us = next->arrival_us;
      head.queued_us = static_cast<int64_t>(buffer_.waiting()) * 1000 *
                       next->coded.duration_ticks / kTicksPerMs;
      head.lbrr_covers_head = step.kind == StepKind::kLbrr;
      break;
  }
  // A gap that no packet could have filled is judged by its first frame.
  const int64_t ticks =
      step.kind == StepKind::kFoundPause || step.kind == StepKind::kJump
          ? kFillFrameTicks
          : step.ticks;
  head.line_us = clock_.PresentLineUs(live_.place().head_ticks + ticks);
  head.deadline_us = head.line_us + config_.deadline_us;
  return head;
}

void TimelineWriter::Act(const Step& step, const BufferedPacket* next) {
  if (step.kind == StepKind::kFoundPause || step.kind == StepKind::kJump) {
    live_.Skip(step, *next);
    if (step.kind == StepKind::kJump) {
      ++counters_.discontinuities;
      timeline_.JumpTo(live_.place().head_ticks);
      repairer_.Forget();
    }
    return;
  }
  if (step.kind == StepKind::kAnnounce) {
    live_.Announce(*next, buffer_.Payload(next->sequence));
    TakeOut(next->sequence);
    return;
  }
  if (IsLossy(step.kind)) repairer_.BeforeLoss(live_);
  if (step.kind == StepKind::kTail) tail_judged_ = false;
  const auto payload = next == nullptr ? std::span<const uint8_t>()
                                       : buffer_.Payload(next->sequence);
  PacketPcm pcm;
  const auto room =
      std::span(pcm).first(live_.SamplesOf(step.ticks + step.passed_ticks));
  const CodecFormat format = live_.format();
  const Made made = live_.Render(step, next, payload, room);
  if (live_.format() != format) repairer_.Prepare(live_.format());
  if (step.kind == StepKind::kDeliver) {
    // Its beginning was made up, and can be had now.
    if (step.passed_ticks > 0) {
      repairer_.Want(next->sequence,
                     next->media_ticks + live_.place().slip_ticks, now_us_);
    }
    TakeOut(next->sequence);
  }
  if (next != nullptr) {
    newest_arrival_us_ = std::max(newest_arrival_us_, next->arrival_us);
  }
  Announce(step, made, room.first(live_.SamplesOf(step.ticks)));
}

// A packet that was used: kept only where a repair may need it again.
void TimelineWriter::TakeOut(int64_t sequence) {
  if (repairer_.NeedsPackets()) {
    buffer_.Keep(sequence);
  } else {
    buffer_.Release(sequence);
  }
}

void TimelineWriter::Announce(const Step& step, const Made& made,
                              std::span<const int16_t> pcm) {
  const int64_t end_ticks = live_.place().head_ticks;
  const int64_t at_ticks = end_ticks - step.ticks;
  timeline_.Append(at_ticks, made.provenance, pcm);
  const float level_db = LevelDb(pcm);
  if (IsReal(made.provenance)) {
    live_.Hear(level_db, step.ticks);
  }
  if (!queue_) return;

  if (made.provenance == Provenance::kPlc) {
    if (loss_run_ticks_ == 0) ++counters_.concealment_events;
    loss_run_ticks_ += step.ticks;
  } else {
    loss_run_ticks_ = 0;
  }
  Frame& frame = queue_->Add(pcm);
  frame.media_ticks = at_ticks;
  frame.duration_ticks = step.ticks;
  frame.provenance = made.provenance;
  frame.arrival_us = made.arrival_us;
  frame.latency_us = now_us_ - clock_.PresentLineUs(end_ticks);
  // What the network brought too late the host could not have had sooner, nor
  // what is overdue behind it or is, after its repair, cut into shorter frames.
  const int64_t due_us = std::max(
      now_us_ - frame.latency_us + config_.deadline_us, newest_arrival_us_);
  frame.missed_deadline = now_us_ > due_us + kHostTickUs;
  frame.loss_run_ticks =
      static_cast<int32_t>(std::min<int64_t>(loss_run_ticks_, INT32_MAX));
  frame.level_db = level_db;
  frame.confidence = confidence_.Next(made.provenance, step.ticks);

  if (frame.missed_deadline) ++counters_.deadline_misses;
  counters_.provenance_ticks[static_cast<size_t>(made.provenance)] +=
      step.ticks;
  if (IsReal(made.provenance)) {
    const auto samples = static_cast<int64_t>(pcm.size());
    counters_.buffer_emitted_samples += samples;
    counters_.buffer_delay_us_samples += (now_us_ - made.arrival_us) * samples;
  }
}

void TimelineWriter::End() {
  ended_ = true;
  repairer_.Hurry();
}

}  // namespace earshot
