#include "rtp/sequence_gate.h"

#include "rtp/unwrapper.h"

namespace earshot {
namespace {

constexpr int64_t kMaxDropout = 3000;  // RFC 3550 A.1, MAX_DROPOUT.
// RFC 3550 A.1 has 100; a recognizer can use later packets than a loudspeaker.
constexpr int64_t kMaxMisorder = 512;
// Room below the first packet for older ones: unwrapped numbers stay positive.
constexpr int64_t kFirstBase = 1 << 16;

}  // namespace

GateResult SequenceGate::Check(uint32_t ssrc, uint16_t sequence_number) {
  if (!started_) {
    started_ = true;
    ssrc_ = ssrc;
    base_ = kFirstBase;
    highest_ = base_ + sequence_number;
    return {GateVerdict::kAccept, highest_};
  }
  if (ssrc == ssrc_) {
    const int64_t sequence =
        UnwrapNear(sequence_number, highest_ - base_) + base_;
    const int64_t ahead = sequence - highest_;
    if (ahead <= kMaxDropout && ahead >= -kMaxMisorder) {
      if (ahead > 0) highest_ = sequence;
      on_probation_ = false;
      return {GateVerdict::kAccept, sequence};
    }
  }
  const bool proven = on_probation_ && ssrc == probation_ssrc_ &&
                      sequence_number == probation_next_;
  if (!proven) {
    on_probation_ = true;
    probation_ssrc_ = ssrc;
    probation_next_ = static_cast<uint16_t>(sequence_number + 1);
    return {GateVerdict::kProbation, 0};
  }
  // The packet kept on probation becomes highest + 1, this one highest + 2.
  on_probation_ = false;
  ssrc_ = ssrc;
  highest_ += 2;
  base_ = highest_ - sequence_number;
  return {GateVerdict::kRestart, highest_};
}

}  // namespace earshot
