#include "receiver/recognizer_policy.h"

#include <algorithm>

namespace earshot {
namespace {

// With the codec's own copy in hand a lost packet costs next to nothing in
// words, so only common reordering is waited for, not the deadline.
constexpr int64_t kReorderWaitUs = 10'000;

Decision WaitUntil(int64_t at_us, int64_t now_us, Action then) {
  if (now_us >= at_us) return {then, -1};
  return {Action::kWait, at_us};
}

}  // namespace

Decision Decide(const HeadState& head) {
  switch (head.kind) {
    case HeadKind::kNothing:
      break;
    case HeadKind::kReady:
      return {Action::kDeliver, -1};
    case HeadKind::kPause:
      return {Action::kFillPause, -1};
    case HeadKind::kTail:
      if (head.ended) break;
      return WaitUntil(head.deadline_us, head.now_us, Action::kFillTail);
    case HeadKind::kHole:
      if (head.ended) return {Action::kFillHole, -1};
      if (!head.lbrr_covers_head) {
        return WaitUntil(head.deadline_us, head.now_us, Action::kFillHole);
      }
      return WaitUntil(
          std::min(head.hole_visible_us + kReorderWaitUs, head.deadline_us),
          head.now_us, Action::kFillHole);
  }
  return {Action::kWait, -1};
}

}  // namespace earshot
