#include "rtp/sequence_gate.h"

#include <algorithm>

#include "rtp/unwrapper.h"

namespace earshot {
namespace {

constexpr int64_t kMaxDropout = 3000;  // RFC 3550 A.1, MAX_DROPOUT.
// RFC 3550 A.1 has 100; a recognizer can use later packets than a loudspeaker.
// As far back as the packet buffer remembers what came.
constexpr int64_t kMaxMisorder = 511;
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
  const auto sequence = Unwrap(ssrc, sequence_number);
  if (!sequence) return Doubt(ssrc, sequence_number);
  highest_ = std::max(highest_, *sequence);
  on_probation_ = false;
  return {GateVerdict::kAccept, *sequence};
}

std::optional<int64_t> SequenceGate::Unwrap(uint32_t ssrc,
                                            uint16_t sequence_number) const {
  if (!started_ || ssrc != ssrc_) return std::nullopt;
  const int64_t sequence =
      UnwrapNear(sequence_number, highest_ - base_) + base_;
  const int64_t ahead = sequence - highest_;
  if (ahead > kMaxDropout || ahead < -kMaxMisorder) return std::nullopt;
  return sequence;
}

std::optional<int64_t> SequenceGate::UnwrapBeforeRestart(
    uint32_t ssrc, uint16_t sequence_number) const {
  if (former_highest_ < 0 || ssrc != ssrc_ || ssrc != former_ssrc_) {
    return std::nullopt;
  }
  if (sequence_number == static_cast<uint16_t>(NumberOf(highest_) + 1)) {
    return std::nullopt;
  }
  const int64_t sequence =
      UnwrapNear(sequence_number, former_highest_ - former_base_) +
      former_base_;
  const int64_t behind = former_highest_ - sequence;
  if (behind < 0 || behind > kMaxMisorder) return std::nullopt;
  return sequence;
}

GateResult SequenceGate::Doubt(uint32_t ssrc, uint16_t sequence_number) {
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
  former_ssrc_ = ssrc_;
  former_base_ = base_;
  former_highest_ = highest_;
  ssrc_ = ssrc;
  highest_ += 2;
  base_ = highest_ - sequence_number;
  return {GateVerdict::kRestart, highest_};
}

}  // namespace earshot
