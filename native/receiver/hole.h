#ifndef EARSHOT_RECEIVER_HOLE_H_
#define EARSHOT_RECEIVER_HOLE_H_

#include <cstdint>

namespace earshot {

// Missing packets between the head and the next packet that is here. Lengths
// are ticks, multiples of 2.5 ms.
struct Hole {
  int64_t gap_ticks = 0;        // From the head to the next packet, above 0.
  int64_t missing_packets = 0;  // At least 1.
  int usual_ticks = 0;          // Length of the packet before the hole.
  int lbrr_ticks = 0;           // What the next packet holds a copy of, or 0.
  bool near_dtx =
      false;  // The codec had announced silence before or behind it.
};

enum class HoleStepKind {
  kPause,    // `ticks` of silence that the sender meant, then the hole goes on.
  kConceal,  // `ticks` of lost audio.
  kLbrr,     // `ticks` that the next packet holds a copy of; ends the hole.
};

struct HoleStep {
  HoleStepKind kind = HoleStepKind::kConceal;
  int64_t ticks = 0;
  bool uses_up_packet = false;  // One number fewer is missing afterwards.
};

// What the first part of a hole is. Lost packets and the pause that may lie
// between them are told apart by how much one packet can hold. Pure.
HoleStep FirstStep(const Hole& hole);

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_HOLE_H_
