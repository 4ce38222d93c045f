#include "receiver/hole.h"

#include <doctest/doctest.h>

namespace earshot {
namespace {

constexpr int kMs = 48;

Hole HoleOf(int64_t gap_ms, int64_t missing_packets) {
  Hole hole;
  hole.gap_ticks = gap_ms * kMs;
  hole.missing_packets = missing_packets;
  hole.usual_ticks = 20 * kMs;
  return hole;
}

void CheckStep(const HoleStep& step, HoleStepKind kind, int64_t ms,
               bool uses_up_packet) {
  CHECK(step.kind == kind);
  CHECK(step.ticks == ms * kMs);
  CHECK(step.uses_up_packet == uses_up_packet);
}

TEST_CASE("every missing packet gets its even share") {
  CheckStep(FirstStep(HoleOf(20, 1)), HoleStepKind::kConceal, 20, true);
  CheckStep(FirstStep(HoleOf(60, 3)), HoleStepKind::kConceal, 20, true);
  CheckStep(FirstStep(HoleOf(120, 2)), HoleStepKind::kConceal, 60, true);
  CheckStep(FirstStep(HoleOf(120, 1)), HoleStepKind::kConceal, 120, true);
}

TEST_CASE("the copy ends the hole, and only where it reaches") {
  Hole hole = HoleOf(20, 1);
  hole.lbrr_ticks = 20 * kMs;
  CheckStep(FirstStep(hole), HoleStepKind::kLbrr, 20, true);

  hole = HoleOf(40, 2);
  hole.lbrr_ticks = 20 * kMs;
  CheckStep(FirstStep(hole), HoleStepKind::kConceal, 20, true);

  hole = HoleOf(100, 2);  // A part of the first one has been handed out.
  hole.usual_ticks = hole.lbrr_ticks = 60 * kMs;
  CheckStep(FirstStep(hole), HoleStepKind::kConceal, 40, true);

  hole = HoleOf(60, 1);  // One lost 60 ms packet, copy of its last 20 ms.
  hole.lbrr_ticks = 20 * kMs;
  CheckStep(FirstStep(hole), HoleStepKind::kConceal, 40, false);

  hole = HoleOf(20, 1);  // The copy is of more than was lost.
  hole.lbrr_ticks = 60 * kMs;
  CheckStep(FirstStep(hole), HoleStepKind::kConceal, 20, true);
}

TEST_CASE("what no packet could have held is a pause") {
  CheckStep(FirstStep(HoleOf(420, 1)), HoleStepKind::kPause, 400, false);
  CheckStep(FirstStep(HoleOf(1000, 2)), HoleStepKind::kPause, 960, false);
}

TEST_CASE("in announced silence a lost packet costs its own length only") {
  Hole hole = HoleOf(100, 1);
  hole.near_dtx = true;
  CheckStep(FirstStep(hole), HoleStepKind::kPause, 80, false);
  hole.gap_ticks = 20 * kMs;
  CheckStep(FirstStep(hole), HoleStepKind::kConceal, 20, true);
}

TEST_CASE("an uneven hole is filled by the usual length, never past its end") {
  CheckStep(FirstStep(HoleOf(70, 3)), HoleStepKind::kConceal, 20, true);
  CheckStep(FirstStep(HoleOf(10, 3)), HoleStepKind::kConceal, 10, true);
}

}  // namespace
}  // namespace earshot
