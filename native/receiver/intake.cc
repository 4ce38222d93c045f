#include "receiver/intake.h"

#include <algorithm>
#include <cassert>

#include "codec/coded_packet.h"
#include "opus/opus_packet.h"
#include "receiver/red_copy_number.h"

namespace earshot {

Intake::Intake(PayloadMap& payloads, int64_t max_lead_ticks,
               PacketBuffer& buffer, SenderClock& clock,
               const HostStalls& stalls, Counters& counters)
    : payloads_(payloads),
      buffer_(buffer),
      clock_(clock),
      stalls_(stalls),
      counters_(counters),
      positions_(max_lead_ticks),
      wall_clock_(positions_),
      evidence_(payloads, buffer, positions_) {}

std::span<const Arrival> Intake::Take(std::span<const uint8_t> packet,
                                      int64_t arrival_us, int64_t slip_ticks) {
  arrival_count_ = 0;
  arrival_us_ = arrival_us;
  slip_ticks_ = slip_ticks;
  packet_ = packet;
  const auto header = ParseRtpHeader(packet);
  if (!header || packet.size() > kMaxPayloadBytes) {
    ++counters_.packets_malformed;
    return {};
  }
  if (payloads_.is_empty()) payloads_.GuessFrom(header->payload_type);
  if (!payloads_.Find(header->payload_type)) {
    ++counters_.packets_other_payload;
    return {};
  }
  const auto payload =
      packet.subspan(header->payload_offset, header->payload_size);
  const auto before =
      gate_.UnwrapBeforeRestart(header->ssrc, header->sequence_number);
  if (before && evidence_.IsTheSame(*header, payload, *before)) {
    ++counters_.packets_duplicate;
    return {};
  }
  const auto gate = Judge(*header, payload);
  switch (gate.verdict) {
    case GateVerdict::kProbation:
      KeepOnProbation(*header);
      return {};
    case GateVerdict::kRestart:
      ++counters_.restarts;
      AcceptFromProbation(gate.sequence - 1);
      break;
    case GateVerdict::kAccept:
      break;
  }
  const bool was_started = started_;
  Accept(*header, payload, gate.sequence);
  if (started_ && !was_started) wall_clock_.Follow(header->ssrc);
  return std::span(arrivals_).first(arrival_count_);
}

GateResult Intake::Judge(const RtpHeader& header,
                         std::span<const uint8_t> payload) {
  const auto sequence = gate_.Unwrap(header.ssrc, header.sequence_number);
  const bool is_another =
      started_ && sequence && *sequence <= newest_sequence_ &&
      evidence_.IsAnother(header, payload, *sequence, first_sequence_);
  return is_another ? gate_.Doubt(header.ssrc, header.sequence_number)
                    : gate_.Check(header.ssrc, header.sequence_number);
}

void Intake::Accept(const RtpHeader& header, std::span<const uint8_t> payload,
                    int64_t sequence) {
  const CodecFormat& format = *payloads_.Find(header.payload_type);
  if (payload.empty() && header.padding_size > 0) {
    PlacePadding({&format, header.payload_type, sequence, header.timestamp,
                  payload, false});
    return;
  }
  if (format.kind == CodecKind::kRed) {
    AcceptRed(header, payload, sequence);
    return;
  }
  const Part part = {
      &format, header.payload_type, sequence, header.timestamp, payload, false};
  if (format.kind == CodecKind::kTelephoneEvent) {
    PlaceEvent(part);
    return;
  }
  Place(part);
  ReadCaptureTime(header, sequence);
}

void Intake::ReadCaptureTime(const RtpHeader& header, int64_t sequence) {
  if (sequence != newest_sequence_ || arrival_count_ == 0) return;
  const BufferedPacket& newest = arrivals_[arrival_count_ - 1].packet;
  wall_clock_.OnNewest(packet_, header, newest.media_ticks + slip_ticks_);
}

// The copies first: they are older.
void Intake::AcceptRed(const RtpHeader& header,
                       std::span<const uint8_t> payload, int64_t sequence) {
  const RedSplit split = SplitRed(payload, header.payload_type);
  counters_.red_blocks_refused += split.refused;
  if (!split.has_primary) {
    ++counters_.packets_malformed;
    return;
  }
  const RedBlock& primary = split.blocks[split.count - 1];
  const auto& format = payloads_.Find(primary.payload_type);
  if (!format || !IsAudio(format->kind)) {
    ++counters_.packets_other_payload;
    return;
  }
  const auto coded = ParseCodedPacket(*format, primary.payload);
  RedCopy copy = {.sequence = sequence,
                  .primary_ticks = positions_.Nearest(header.timestamp,
                                                      format->clock_rate_hz),
                  .spacing_ticks = coded ? coded->duration_ticks : 0};
  for (const RedBlock& block : split.view().first(split.count - 1)) {
    // A sender that begins anew has copies of what it said before.
    if (!started_ || epoch_ || block.payload_type != primary.payload_type) {
      continue;
    }
    const uint32_t timestamp = header.timestamp - block.timestamp_offset;
    copy.position_ticks = positions_.Nearest(timestamp, format->clock_rate_hz);
    const int64_t number = NumberOfCopy(copy, buffer_, first_sequence_);
    if (number == kNever) continue;
    Place(
        {&*format, block.payload_type, number, timestamp, block.payload, true});
  }
  Place({&*format, primary.payload_type, sequence, header.timestamp,
         primary.payload, false});
  ReadCaptureTime(header, sequence);
}

// False for a packet that was here before; counts the others.
bool Intake::IsFirstSight(const Part& part) {
  const int64_t sequence = part.sequence;
  if (!started_) first_sequence_ = newest_sequence_ = sequence;
  const bool is_here = IsHere(buffer_.StateOf(sequence));
  if (is_here && !buffer_.TakeOriginal(sequence)) {
    ++counters_.packets_duplicate;
    if (buffer_.Conflicts(sequence, part.payload)) {
      ++counters_.packets_conflicting;
    }
    return false;
  }
  ++counters_.packets_received;
  if (sequence < newest_sequence_) ++counters_.packets_reordered;
  newest_sequence_ = std::max(newest_sequence_, sequence);
  return !is_here;
}

void Intake::Place(const Part& part) {
  const auto coded = ParseCodedPacket(*part.format, part.payload);
  if (!coded) {
    ++(part.is_copy ? counters_.red_blocks_refused
                    : counters_.packets_malformed);
    return;
  }
  if (!part.is_copy && !IsFirstSight(part)) return;
  const bool starts_epoch = StartsEpoch(part);
  const auto position = positions_.Locate(
      {part.sequence, part.timestamp, part.format->clock_rate_hz, arrival_us_,
       coded->duration_ticks, starts_epoch, slip_ticks_,
       starts_epoch ? epoch_->position : std::nullopt},
      clock_);
  const bool is_first = !started_;
  started_ = true;
  if (!position) {
    if (part.is_copy) return;
    ++counters_.packets_late;
    buffer_.MarkSeen(part.sequence);
    return;
  }
  if (!part.is_copy) {
    if (coded->has_lbrr) ++counters_.fec_packets_received;
    const int64_t end_ticks = *position + slip_ticks_ + coded->duration_ticks;
    if (is_first || !stalls_.HeldBack(clock_.LineUs(end_ticks), arrival_us_)) {
      LearnArrival(*position, end_ticks);
    }
  }
  Add(part, *coded, *position);
  if (!starts_epoch) return;
  wall_clock_.Follow(epoch_->ssrc);
  epoch_.reset();
}

void Intake::LearnArrival(int64_t position, int64_t end_ticks) {
  jitter_.OnPacket(arrival_us_ * kTicksPerMs / 1000,
                   static_cast<uint32_t>(position));
  if (clock_.OnPacket(end_ticks, arrival_us_)) ++counters_.path_shifts;
}

// Events carry the time of their beginning again and again, so they take their
// place behind what is known and not by their timestamp.
void Intake::PlaceEvent(const Part& part) {
  if (!ParseTelephoneEvent(part.payload)) {
    ++counters_.packets_malformed;
    return;
  }
  if (!IsFirstSight(part)) return;
  if (!started_) {
    started_ = true;
    positions_.Locate({part.sequence, part.timestamp,
                       part.format->clock_rate_hz, arrival_us_, 0, false, 0},
                      clock_);
    clock_.OnPacket(0, arrival_us_);
  }
  events_.Push(part.format->clock_rate_hz,
               positions_.Nearest(part.timestamp, part.format->clock_rate_hz),
               part.payload, arrival_us_);
  Add(part, CodedPacket(), positions_.newest_end_ticks());
}

// Padding alone probes the path or keeps it open: it has a number and, whatever
// its timestamp says, no time. Before the first audio even the number tells
// nothing.
void Intake::PlacePadding(const Part& part) {
  if (!started_) {
    ++counters_.packets_on_probation;
    return;
  }
  if (!IsFirstSight(part)) return;
  Add(part, CodedPacket(), positions_.newest_end_ticks());
}

void Intake::Add(const Part& part, const CodedPacket& coded, int64_t position) {
  arrivals_[arrival_count_++] = {
      {part.sequence, position, arrival_us_, coded, part.payload_type,
       StartsEpoch(part), part.is_copy},
      part.payload};
}

void Intake::KeepOnProbation(const RtpHeader& header) {
  const auto sequence = gate_.Unwrap(header.ssrc, header.sequence_number);
  probation_conflicts_ = sequence && IsHere(buffer_.StateOf(*sequence));
  CountProbation(+1);
  const auto kept = std::span(probation_packet_).first(probation_bytes_);
  if (std::equal(packet_.begin(), packet_.end(), kept.begin(), kept.end())) {
    return;  // Sent twice: the first one's time counts.
  }
  std::copy(packet_.begin(), packet_.end(), probation_packet_.begin());
  probation_bytes_ = packet_.size();
  probation_arrival_us_ = arrival_us_;
}

// Unless it is borne out, a packet whose number was here is one that came again
// with another payload.
void Intake::CountProbation(int by) {
  if (!probation_conflicts_) {
    counters_.packets_on_probation += by;
    return;
  }
  counters_.packets_duplicate += by;
  counters_.packets_conflicting += by;
}

void Intake::AcceptFromProbation(int64_t sequence) {
  const auto packet = std::span(probation_packet_).first(probation_bytes_);
  const auto header = ParseRtpHeader(packet);
  assert(header);  // It was parsed when it was kept.
  CountProbation(-1);
  const int64_t now_us = arrival_us_;
  const auto newer_packet = packet_;
  arrival_us_ = probation_arrival_us_;
  packet_ = packet;
  epoch_ = {header->ssrc, sequence, wall_clock_.PositionOf(header->ssrc)};
  Accept(*header, packet.subspan(header->payload_offset, header->payload_size),
         sequence);
  packet_ = newer_packet;
  arrival_us_ = now_us;
}

void Intake::Report(Counters& counters) const {
  if (started_) {
    const int64_t expected = newest_sequence_ - first_sequence_ + 1;
    counters.packets_lost =
        std::max<int64_t>(0, expected - counters.packets_received);
    counters.minimum_delay_us = clock_.LineUs(0);
    counters.drift_ppm = clock_.drift_ppm();
    counters.drift_alarms = clock_.drift_alarms();
  }
  counters.timestamp_jumps = positions_.jumps();
  counters.jitter_ticks_q4 = jitter_.jitter_q4();
}

}  // namespace earshot
