#include "receiver/recognizer_policy.h"

#include <algorithm>

namespace earshot {
namespace {

// With the codec's own copy in hand a lost packet costs next to nothing in
// words, so only common reordering is waited for, not the deadline.
constexpr int64_t kReorderWaitUs = 10'000;

Decision ActAt(int64_t at_us, int64_t now_us) {
  if (now_us >= at_us) return {Verdict::kAct};
  return {Verdict::kWait, at_us};
}

}  // namespace

Decision Decide(const HeadState& head) {
  switch (head.kind) {
    case HeadKind::kNothing:
      return {Verdict::kWait};
    case HeadKind::kReady:
    case HeadKind::kPause:
      return {Verdict::kAct};
    case HeadKind::kTail:
      if (head.ended) return {Verdict::kWait};
      return ActAt(head.deadline_us, head.now_us);
    case HeadKind::kHole:
      break;
  }
  if (head.ended) return {Verdict::kAct};
  const int64_t patience_ends_us = head.lbrr_covers_head
                                       ? head.hole_visible_us + kReorderWaitUs
                                       : head.deadline_us;
  return ActAt(std::min(patience_ends_us, head.deadline_us), head.now_us);
}

}  // namespace earshot
