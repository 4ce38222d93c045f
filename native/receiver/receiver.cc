#include "receiver/receiver.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "dsp/level.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int kTicksPerSecond = 1000 * kTicksPerMs;
constexpr int kFillFrameTicks = 20 * kTicksPerMs;

// Without a packet for this long the stream is taken to have paused; what is
// then made up would only hide that.
constexpr int64_t kMaxTailTicks = int64_t{1000} * kTicksPerMs;

// The host's timer may fire this much late before a frame counts as a miss.
constexpr int64_t kHostTickUs = 10'000;

int64_t TicksOf(int64_t us) { return us * kTicksPerMs / 1000; }

int OnGrid(int64_t ticks) {
  return static_cast<int>(ticks - ticks % kGridTicks);
}

bool IsReal(Provenance provenance) {
  return provenance == Provenance::kReceived || provenance == Provenance::kFec;
}

}  // namespace

Receiver::Receiver(const ReceiverConfig& config)
    : config_(config),
      decoder_(config.sample_rate_hz),
      positions_(TicksOf(config.max_fill_us)),
      payload_type_(config.payload_type),
      last_packet_ticks_(kFillFrameTicks) {}

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
    first_sequence_ = next_sequence_ = newest_sequence_ = sequence;
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

  const auto position =
      positions_.Locate({sequence, header.timestamp, arrival_us,
                         opus->duration_ticks, starts_epoch, slip_ticks_},
                        clock_);
  started_ = true;
  if (position &&
      clock_.OnPacket(*position + slip_ticks_ + opus->duration_ticks,
                      arrival_us)) {
    ++counters_.path_shifts;
  }
  if (!position || sequence < next_sequence_) {
    ++counters_.packets_late;
    buffer_.MarkSeen(sequence);
    return;
  }
  const BufferedPacket packet = {sequence, *position, arrival_us, *opus,
                                 starts_epoch};
  if (!buffer_.Insert(packet, payload)) {
    ++counters_.packets_overflow;
    return;
  }
  wakeup_us_ = arrival_us;
}

bool Receiver::IsFirstSight(int64_t sequence) {
  const PacketState state = buffer_.StateOf(sequence);
  return state != PacketState::kWaiting && state != PacketState::kSeen;
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

  Output out = {pcm, frames};
  for (;;) {
    SkipPassedPackets();
    const Decision decision = Decide(LookAtHead(now_us_));
    if (decision.action == Action::kWait) {
      wakeup_us_ = decision.wake_us;
      break;
    }
    if (!Act(decision.action, now_us_, out)) {
      wakeup_us_ = now_us_;  // The caller's memory is full: there is more.
      break;
    }
  }
  return static_cast<int>(out.count);
}

// Drops packets whose audio has been handed out, and stitches sloppy
// timestamps: a packet that follows its predecessor within 2.5 ms of where it
// should, does follow it.
void Receiver::SkipPassedPackets() {
  while (const BufferedPacket* next = buffer_.Oldest()) {
    const bool in_order = next->sequence == next_sequence_;
    const int64_t gap = GapTicks(*next);
    if (!in_order && gap <= 0) {
      GiveUpUntil(next->sequence);  // Numbers are missing, but no audio.
      continue;
    }
    if (in_order && std::llabs(gap) <= kGridTicks) {
      slip_ticks_ -= gap;
    } else {
      slip_ticks_ -= gap % kGridTicks;  // Keeps the head on its grid.
    }
    if (!in_order) {
      GiveUpUntil(next->sequence - MissingWithin(GapTicks(*next), *next));
      return;
    }
    if (gap + next->opus.duration_ticks > kGridTicks) return;

    // Too late to be heard, yet what it does to the decoder still counts.
    std::array<int16_t, 48 * 120> unheard;
    decoder_.Decode(buffer_.Payload(next->sequence),
                    std::span(unheard).first(SamplesOf(kMaxPacketTicks)));
    ++counters_.packets_late;
    next_sequence_ = next->sequence + 1;
    buffer_.Release(next->sequence);
  }
}

HeadState Receiver::LookAtHead(int64_t now_us) {
  HeadState head;
  head.now_us = now_us;
  head.ended = ended_;
  if (!started_) return head;

  int64_t ticks = FillTicks(kFillFrameTicks);
  const BufferedPacket* next = buffer_.Oldest();
  if (next == nullptr) {
    if (tail_ticks_ >= kMaxTailTicks) return head;
    head.kind = HeadKind::kTail;
  } else if (next->sequence == next_sequence_) {
    head.kind = GapTicks(*next) > 0 ? HeadKind::kPause : HeadKind::kReady;
  } else if (head_ticks_ < pause_end_ticks_) {
    head.kind = HeadKind::kPause;
  } else {
    head.kind = HeadKind::kHole;
    head.hole_visible_us = next->arrival_us;
    const HoleStep step = StepAt(*next);
    head.lbrr_covers_head = step.kind == HoleStepKind::kLbrr;
    if (step.kind == HoleStepKind::kConceal) {
      ticks = std::min<int64_t>(step.ticks, kMaxPacketTicks);
    }
  }
  head.deadline_us = clock_.LineUs(head_ticks_ + ticks) + config_.deadline_us;
  return head;
}

// False when the caller's memory is full.
bool Receiver::Act(Action action, int64_t now_us, Output& out) {
  switch (action) {
    case Action::kDeliver:
      return Deliver(now_us, out);
    case Action::kFillPause:
      return FillPause(now_us, out);
    case Action::kFillHole:
      return FillHole(now_us, out);
    case Action::kFillTail:
      return FillTail(now_us, out);
    case Action::kWait:
      break;
  }
  return false;
}

bool Receiver::Deliver(int64_t now_us, Output& out) {
  const BufferedPacket packet = *buffer_.Oldest();
  const int ticks = packet.opus.duration_ticks;
  const auto room = Room(ticks, out);
  if (room.empty()) return false;

  if (packet.starts_epoch) decoder_.Reset();
  const int samples = decoder_.Decode(buffer_.Payload(packet.sequence), room);
  buffer_.Release(packet.sequence);
  next_sequence_ = packet.sequence + 1;
  tail_ticks_ = 0;
  last_was_dtx_ = packet.opus.is_dtx;
  last_packet_ticks_ = ticks;

  Made made = {Provenance::kReceived, ticks, packet.arrival_us};
  if (samples != static_cast<int>(room.size())) {
    ++counters_.packets_malformed;
    decoder_.Conceal(room);
    made = {Provenance::kPlc, ticks, kNever};
  } else if (packet.opus.is_dtx) {
    made.provenance = Provenance::kDtx;
    NeverZero(room);
  }
  // The part that concealment has already stood for is cut off.
  const int64_t passed = -std::min<int64_t>(0, GapTicks(packet));
  if (passed > 0) {
    const auto kept = room.subspan(SamplesOf(passed));
    std::copy(kept.begin(), kept.end(), room.begin());
    made.ticks -= static_cast<int>(passed);
  }
  Emit(made, now_us, out);
  return true;
}

// Silence that the sender meant, up to the next packet or as far as is known.
bool Receiver::FillPause(int64_t now_us, Output& out) {
  const BufferedPacket& next = *buffer_.Oldest();
  const int64_t gap = GapTicks(next);
  if (gap > TicksOf(config_.max_fill_us)) {
    JumpTo(next);
    return true;
  }
  const bool in_order = next.sequence == next_sequence_;
  const int ticks =
      FillTicks(in_order ? gap : std::min(gap, pause_end_ticks_ - head_ticks_));
  const auto room = Room(ticks, out);
  if (room.empty()) return false;

  // After a DTX packet the codec's own comfort noise goes on without a seam.
  if (last_was_dtx_) {
    decoder_.Conceal(room);
    NeverZero(room);
  } else {
    comfort_noise_.Fill(room);
  }
  const bool announced = last_was_dtx_ || next.opus.is_dtx;
  Emit({announced ? Provenance::kDtx : Provenance::kSilence, ticks}, now_us,
       out);
  return true;
}

bool Receiver::FillHole(int64_t now_us, Output& out) {
  const BufferedPacket& next = *buffer_.Oldest();
  const HoleStep step = StepAt(next);
  if (step.kind == HoleStepKind::kJump) {
    JumpTo(next);
    return true;
  }
  if (step.kind == HoleStepKind::kPause) {
    pause_end_ticks_ = head_ticks_ + step.ticks;
    return true;
  }
  const auto ticks =
      static_cast<int>(std::min<int64_t>(step.ticks, kMaxPacketTicks));
  const auto room = Room(ticks, out);
  if (room.empty()) return false;

  Made made = {Provenance::kPlc, ticks, kNever};
  if (step.kind == HoleStepKind::kLbrr) {
    made = {Provenance::kFec, ticks, next.arrival_us};
    decoder_.DecodeLbrr(buffer_.Payload(next.sequence), room);
    last_was_dtx_ = false;
  } else {
    decoder_.Conceal(room);
  }
  if (step.uses_up_packet) GiveUpUntil(next_sequence_ + 1);
  Emit(made, now_us, out);
  return true;
}

bool Receiver::FillTail(int64_t now_us, Output& out) {
  const int ticks = FillTicks(kFillFrameTicks);
  const auto room = Room(ticks, out);
  if (room.empty()) return false;

  decoder_.Conceal(room);
  if (last_was_dtx_) NeverZero(room);
  tail_ticks_ += ticks;
  Emit({last_was_dtx_ ? Provenance::kDtx : Provenance::kPlc, ticks}, now_us,
       out);
  return true;
}

// Digital silence makes recognizers invent words.
void Receiver::NeverZero(std::span<int16_t> pcm) {
  if (LevelDb(pcm) <= kSilenceDb) comfort_noise_.Fill(pcm);
}

// Passes over a gap that is too long to fill.
void Receiver::JumpTo(const BufferedPacket& next) {
  ++counters_.discontinuities;
  head_ticks_ += OnGrid(GapTicks(next));
  GiveUpUntil(next.sequence);
}

void Receiver::GiveUpUntil(int64_t sequence) {
  const int64_t first =
      std::max(next_sequence_, sequence - PacketBuffer::kSlots);
  for (int64_t s = first; s < sequence; ++s) buffer_.GiveUp(s);
  next_sequence_ = sequence;
}

void Receiver::Emit(const Made& made, int64_t now_us, Output& out) {
  const size_t samples = SamplesOf(made.ticks);
  const auto pcm = out.pcm.subspan(out.samples, samples);
  const int64_t end_ticks = head_ticks_ + made.ticks;

  if (made.provenance == Provenance::kPlc) {
    if (loss_run_ticks_ == 0) ++counters_.concealment_events;
    loss_run_ticks_ += made.ticks;
  } else {
    loss_run_ticks_ = 0;
  }

  Frame& frame = out.frames[out.count];
  frame.sample_offset = static_cast<int32_t>(out.samples);
  frame.sample_count = static_cast<int32_t>(samples);
  frame.media_ticks = head_ticks_;
  frame.duration_ticks = made.ticks;
  frame.provenance = made.provenance;
  frame.version = 0;
  frame.arrival_us = made.arrival_us;
  frame.latency_us = now_us - clock_.LineUs(end_ticks);
  frame.missed_deadline = frame.latency_us > config_.deadline_us + kHostTickUs;
  frame.loss_run_ticks =
      static_cast<int32_t>(std::min<int64_t>(loss_run_ticks_, INT32_MAX));
  frame.level_db = LevelDb(pcm);

  if (frame.missed_deadline) ++counters_.deadline_misses;
  counters_.provenance_ticks[static_cast<size_t>(made.provenance)] +=
      made.ticks;
  if (IsReal(made.provenance)) {
    comfort_noise_.Learn(frame.level_db, made.ticks);
    counters_.buffer_emitted_samples += static_cast<int64_t>(samples);
    counters_.buffer_delay_us_samples +=
        (now_us - made.arrival_us) * static_cast<int64_t>(samples);
  }
  head_ticks_ = end_ticks;
  out.samples += samples;
  ++out.count;
}

// ---- What the steps above ask.

// From the head to the packet; negative when its start has been handed out.
int64_t Receiver::GapTicks(const BufferedPacket& next) const {
  return next.media_ticks + slip_ticks_ - head_ticks_;
}

// How many of the packets before `next` can lie in the gap that is left: those
// whose time was filled at the tail are no longer waited for.
int64_t Receiver::MissingWithin(int64_t gap_ticks,
                                const BufferedPacket& next) const {
  const int64_t missing = next.sequence - next_sequence_;
  const int64_t fit = (gap_ticks + last_packet_ticks_ - 1) / last_packet_ticks_;
  return tail_ticks_ > 0 ? std::min(missing, fit) : missing;
}

HoleStep Receiver::StepAt(const BufferedPacket& next) const {
  Hole hole;
  hole.gap_ticks = GapTicks(next);
  hole.missing_packets = next.sequence - next_sequence_;
  hole.usual_ticks = last_packet_ticks_;
  hole.lbrr_ticks = next.opus.has_lbrr ? next.opus.frame_ticks : 0;
  hole.near_dtx = last_was_dtx_ || next.opus.is_dtx;
  hole.max_fill_ticks = TicksOf(config_.max_fill_us);
  return FirstStep(hole);
}

// What is filled comes in frames like the sender's, of 20 ms at the most.
int Receiver::FillTicks(int64_t limit_ticks) const {
  return static_cast<int>(
      std::min<int64_t>({limit_ticks, last_packet_ticks_, kFillFrameTicks}));
}

size_t Receiver::SamplesOf(int64_t ticks) const {
  return static_cast<size_t>(ticks * config_.sample_rate_hz / kTicksPerSecond);
}

// Space for the next frame; empty when the caller's memory is full.
std::span<int16_t> Receiver::Room(int ticks, const Output& out) const {
  const size_t samples = SamplesOf(ticks);
  const bool fits =
      out.count < out.frames.size() && out.pcm.size() - out.samples >= samples;
  return fits ? out.pcm.subspan(out.samples, samples) : std::span<int16_t>();
}

void Receiver::End() {
  ended_ = true;
  wakeup_us_ = now_us_;
}

const Counters& Receiver::ReadCounters() {
  if (started_) {
    const int64_t expected = newest_sequence_ - first_sequence_ + 1;
    counters_.packets_lost =
        std::max<int64_t>(0, expected - counters_.packets_received);
    counters_.minimum_delay_us = clock_.LineUs(0);
  }
  counters_.timestamp_jumps = positions_.jumps();
  counters_.jitter_ticks_q4 = jitter_.jitter_q4();
  return counters_;
}

}  // namespace earshot
