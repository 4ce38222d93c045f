#ifndef EARSHOT_RTP_SEQUENCE_GATE_H_
#define EARSHOT_RTP_SEQUENCE_GATE_H_

#include <cstdint>
#include <optional>

namespace earshot {

// What to do with a packet.
enum class GateVerdict {
  kAccept,     // Belongs to the stream.
  kProbation,  // Does not fit; keep it, the next packet may prove it right.
  kRestart,    // The second in a row that fits the one on probation.
};

struct GateResult {
  GateVerdict verdict = GateVerdict::kProbation;
  int64_t sequence =
      0;  // Unwrapped; with kRestart it goes on from the old ones.
};

// Unwraps sequence numbers and keeps strays out (RFC 3550 A.1). One packet from
// nowhere changes nothing; two consecutive ones restart the stream, with their
// numbers laid behind those seen so far, so that unwrapped numbers never go
// back.
class SequenceGate {
 public:
  // Judges a packet by its SSRC and sequence number alone.
  GateResult Check(uint32_t ssrc, uint16_t sequence_number);

  // Its place among those seen so far; empty where it fits nowhere.
  std::optional<int64_t> Unwrap(uint32_t ssrc, uint16_t sequence_number) const;

  // The place that a number had before the last restart of the same source, if
  // the packet may come from there and is not the next one.
  std::optional<int64_t> UnwrapBeforeRestart(uint32_t ssrc,
                                             uint16_t sequence_number) const;

  // Puts a packet on probation that fits by its number and is another one than
  // that number's: the sender may have begun again a few hundred numbers back.
  GateResult Doubt(uint32_t ssrc, uint16_t sequence_number);

  // Unwrapped number of the newest packet accepted.
  int64_t highest() const { return highest_; }

  // The number on the wire of an unwrapped one, since the last restart.
  uint16_t NumberOf(int64_t sequence) const {
    return static_cast<uint16_t>(sequence - base_);
  }

 private:
  bool started_ = false;
  uint32_t ssrc_ = 0;
  int64_t base_ = 0;  // Unwrapped minus what a plain 16-bit unwrap gives.
  int64_t highest_ = 0;
  // Before the last restart.
  uint32_t former_ssrc_ = 0;
  int64_t former_base_ = 0;
  int64_t former_highest_ = -1;  // None.
  bool on_probation_ = false;
  uint32_t probation_ssrc_ = 0;
  uint16_t probation_next_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RTP_SEQUENCE_GATE_H_
