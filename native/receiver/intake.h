#ifndef EARSHOT_RECEIVER_INTAKE_H_
#define EARSHOT_RECEIVER_INTAKE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "receiver/counters.h"
#include "receiver/host_stalls.h"
#include "receiver/media_positions.h"
#include "receiver/packet_buffer.h"
#include "receiver/payload_map.h"
#include "receiver/restart_evidence.h"
#include "receiver/sender_clock.h"
#include "receiver/sender_wall_clock.h"
#include "receiver/telephone_event_queue.h"
#include "rtp/interarrival_jitter.h"
#include "rtp/red_splitter.h"
#include "rtp/rtp_header.h"
#include "rtp/sequence_gate.h"

namespace earshot {

// A packet that belongs to the stream and was not here before, or a copy of one
// that came with another.
struct Arrival {
  BufferedPacket packet;
  std::span<const uint8_t> payload;
};

// From whole RTP packets to packets with a place in the stream: parses, keeps
// strays out, takes redundancy apart, and counts what it refuses.
class Intake {
 public:
  // `payloads`: filled in from the first packet where it is empty.
  // `max_lead_ticks`: how far media may run ahead of the minimum-delay line.
  // The references must outlive this object.
  Intake(PayloadMap& payloads, int64_t max_lead_ticks, PacketBuffer& buffer,
         SenderClock& clock, const HostStalls& stalls, Counters& counters);

  // What came out of a packet, in order: nothing for one that is refused, that
  // of two where one on probation was borne out. `slip_ticks` is what is added
  // to positions where the head is. Valid until the next call.
  std::span<const Arrival> Take(std::span<const uint8_t> packet,
                                int64_t arrival_us, int64_t slip_ticks);

  TelephoneEventQueue& events() { return events_; }
  SenderWallClock& wall_clock() { return wall_clock_; }

  uint16_t NumberOf(int64_t sequence) const { return gate_.NumberOf(sequence); }

  // Adds what is known of the stream as a whole.
  void Report(Counters& counters) const;

 private:
  // A packet, or one of those in it.
  struct Part {
    const CodecFormat* format = nullptr;
    uint8_t payload_type = 0;
    int64_t sequence = 0;
    uint32_t timestamp = 0;
    std::span<const uint8_t> payload;
    bool is_copy = false;
  };

  // A sender that began anew, until its first audio has a place.
  struct Epoch {
    uint32_t ssrc = 0;
    int64_t sequence = 0;  // Its first.
    std::optional<KnownPosition> position;
  };

  GateResult Judge(const RtpHeader& header, std::span<const uint8_t> payload);
  void Accept(const RtpHeader& header, std::span<const uint8_t> payload,
              int64_t sequence);
  void AcceptRed(const RtpHeader& header, std::span<const uint8_t> payload,
                 int64_t sequence);
  bool IsFirstSight(const Part& part);
  bool StartsEpoch(const Part& part) const {
    return epoch_ && !part.is_copy && part.sequence >= epoch_->sequence;
  }
  void Place(const Part& part);
  void PlaceEvent(const Part& part);
  void PlacePadding(const Part& part);
  void LearnArrival(int64_t position, int64_t end_ticks);
  void Add(const Part& part, const CodedPacket& coded, int64_t position);
  void ReadCaptureTime(const RtpHeader& header, int64_t sequence);
  void KeepOnProbation(const RtpHeader& header);
  void CountProbation(int by);
  void AcceptFromProbation(int64_t sequence);

  PayloadMap& payloads_;
  PacketBuffer& buffer_;
  SenderClock& clock_;
  const HostStalls& stalls_;
  Counters& counters_;
  SequenceGate gate_;
  MediaPositions positions_;
  SenderWallClock wall_clock_;
  RestartEvidence evidence_;
  InterarrivalJitter jitter_;
  TelephoneEventQueue events_;
  bool started_ = false;
  int64_t first_sequence_ = 0;
  int64_t newest_sequence_ = 0;

  // Of the call that is going on.
  std::array<Arrival, 2 * kMaxRedBlocks> arrivals_;
  size_t arrival_count_ = 0;
  int64_t arrival_us_ = 0;
  int64_t slip_ticks_ = 0;
  std::span<const uint8_t> packet_;

  std::optional<Epoch> epoch_;

  std::array<uint8_t, kMaxPayloadBytes> probation_packet_;
  size_t probation_bytes_ = 0;
  int64_t probation_arrival_us_ = 0;
  bool probation_conflicts_ = false;  // Its number was here before.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_INTAKE_H_
