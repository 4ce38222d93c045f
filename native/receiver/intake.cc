#include "receiver/intake.h"

#include <algorithm>
#include <cassert>

#include "opus/opus_packet.h"

namespace earshot {

Intake::Intake(int payload_type, int64_t max_lead_ticks, PacketBuffer& buffer,
               SenderClock& clock, Counters& counters)
    : buffer_(buffer),
      clock_(clock),
      counters_(counters),
      positions_(max_lead_ticks),
      payload_type_(payload_type) {}

std::span<const Arrival> Intake::Take(std::span<const uint8_t> packet,
                                      int64_t arrival_us, int64_t slip_ticks) {
  arrival_count_ = 0;
  const auto header = ParseRtpHeader(packet);
  if (!header || packet.size() > kMaxPayloadBytes) {
    ++counters_.packets_malformed;
    return {};
  }
  if (payload_type_ < 0) payload_type_ = header->payload_type;
  if (header->payload_type != payload_type_) {
    ++counters_.packets_other_payload;
    return {};
  }
  const auto payload =
      packet.subspan(header->payload_offset, header->payload_size);
  const auto gate = gate_.Check(header->ssrc, header->sequence_number);
  switch (gate.verdict) {
    case GateVerdict::kProbation:
      KeepOnProbation(packet, arrival_us);
      return {};
    case GateVerdict::kRestart:
      ++counters_.restarts;
      AcceptFromProbation(gate.sequence - 1, slip_ticks);
      break;
    case GateVerdict::kAccept:
      break;
  }
  Accept(*header, payload, gate.sequence, arrival_us, slip_ticks);
  return std::span(arrivals_).first(arrival_count_);
}

void Intake::Accept(const RtpHeader& header, std::span<const uint8_t> payload,
                    int64_t sequence, int64_t arrival_us, int64_t slip_ticks) {
  const auto opus = ParseOpusPacket(payload);
  if (!opus) {
    ++counters_.packets_malformed;
    return;
  }
  if (!started_) first_sequence_ = newest_sequence_ = sequence;
  if (IsHere(buffer_.StateOf(sequence))) {
    ++counters_.packets_duplicate;
    return;
  }
  ++counters_.packets_received;
  if (sequence < newest_sequence_) ++counters_.packets_reordered;
  newest_sequence_ = std::max(newest_sequence_, sequence);
  if (opus->has_lbrr) ++counters_.fec_packets_received;
  jitter_.OnPacket(arrival_us * kTicksPerMs / 1000, header.timestamp);

  const auto position =
      positions_.Locate({sequence, header.timestamp, arrival_us,
                         opus->duration_ticks, starts_epoch_, slip_ticks},
                        clock_);
  started_ = true;
  if (!position) {
    ++counters_.packets_late;
    buffer_.MarkSeen(sequence);
    return;
  }
  if (clock_.OnPacket(*position + slip_ticks + opus->duration_ticks,
                      arrival_us)) {
    ++counters_.path_shifts;
  }
  arrivals_[arrival_count_++] = {
      {sequence, *position, arrival_us, *opus, starts_epoch_}, payload};
}

void Intake::KeepOnProbation(std::span<const uint8_t> packet,
                             int64_t arrival_us) {
  ++counters_.packets_on_probation;
  std::copy(packet.begin(), packet.end(), probation_packet_.begin());
  probation_bytes_ = packet.size();
  probation_arrival_us_ = arrival_us;
}

void Intake::AcceptFromProbation(int64_t sequence, int64_t slip_ticks) {
  const auto packet = std::span(probation_packet_).first(probation_bytes_);
  const auto header = ParseRtpHeader(packet);
  assert(header);  // It was parsed when it was kept.
  --counters_.packets_on_probation;
  starts_epoch_ = true;
  Accept(*header, packet.subspan(header->payload_offset, header->payload_size),
         sequence, probation_arrival_us_, slip_ticks);
  starts_epoch_ = false;
}

void Intake::Report(Counters& counters) const {
  if (started_) {
    const int64_t expected = newest_sequence_ - first_sequence_ + 1;
    counters.packets_lost =
        std::max<int64_t>(0, expected - counters.packets_received);
    counters.minimum_delay_us = clock_.LineUs(0);
    counters.drift_ppm = clock_.drift_ppm();
  }
  counters.timestamp_jumps = positions_.jumps();
  counters.jitter_ticks_q4 = jitter_.jitter_q4();
}

}  // namespace earshot
