#ifndef EARSHOT_RECEIVER_INTAKE_H_
#define EARSHOT_RECEIVER_INTAKE_H_

#include <array>
#include <cstdint>
#include <span>

#include "receiver/counters.h"
#include "receiver/media_positions.h"
#include "receiver/packet_buffer.h"
#include "receiver/sender_clock.h"
#include "rtp/interarrival_jitter.h"
#include "rtp/rtp_header.h"
#include "rtp/sequence_gate.h"

namespace earshot {

// A packet that belongs to the stream and was not here before.
struct Arrival {
  BufferedPacket packet;
  std::span<const uint8_t> payload;
};

// From whole RTP packets to packets with a place in the stream: parses, keeps
// strays out, and counts what it refuses.
class Intake {
 public:
  // `payload_type`: of Opus; -1 takes the first packet's. `max_lead_ticks`: how
  // far media may run ahead of the minimum-delay line. The references must
  // outlive this object.
  Intake(int payload_type, int64_t max_lead_ticks, PacketBuffer& buffer,
         SenderClock& clock, Counters& counters);

  // What came out of a packet, in order: nothing for one that is refused, two
  // where one on probation was borne out. `slip_ticks` is what is added to
  // positions where the head is. Valid until the next call.
  std::span<const Arrival> Take(std::span<const uint8_t> packet,
                                int64_t arrival_us, int64_t slip_ticks);

  bool started() const { return started_; }
  int64_t newest_sequence() const { return newest_sequence_; }

  // Adds what is known of the stream as a whole.
  void Report(Counters& counters) const;

 private:
  void Accept(const RtpHeader& header, std::span<const uint8_t> payload,
              int64_t sequence, int64_t arrival_us, int64_t slip_ticks);
  void KeepOnProbation(std::span<const uint8_t> packet, int64_t arrival_us);
  void AcceptFromProbation(int64_t sequence, int64_t slip_ticks);

  PacketBuffer& buffer_;
  SenderClock& clock_;
  Counters& counters_;
  SequenceGate gate_;
  MediaPositions positions_;
  InterarrivalJitter jitter_;
  int payload_type_;
  bool started_ = false;
  int64_t first_sequence_ = 0;
  int64_t newest_sequence_ = 0;

  std::array<Arrival, 2> arrivals_;
  size_t arrival_count_ = 0;
  bool starts_epoch_ = false;

  std::array<uint8_t, kMaxPayloadBytes> probation_packet_;
  size_t probation_bytes_ = 0;
  int64_t probation_arrival_us_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_INTAKE_H_
