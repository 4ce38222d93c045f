#include "receiver/recognizer_policy.h"

#include <doctest/doctest.h>

namespace earshot {
namespace {

HeadState Head(HeadKind kind) {
  HeadState head;
  head.kind = kind;
  head.hole_visible_us = 1'000'000;
  head.queued_us = 20'000;
  head.line_us = 1'000'000;
  head.deadline_us = 1'150'000;
  head.now_us = 1'000'000;
  return head;
}

Decision Decide(const HeadState& head) {
  return earshot::Decide(head, DelayModel(150'000));
}

// A path on which every second hole was filled after so long, or none ever.
DelayModel PathThatFillsAfter(int64_t us) {
  DelayModel delays(150'000);
  for (int i = 0; i < 400; ++i) {
    i % 2 == 0 ? delays.OnHoleFilled(us) : delays.OnHoleLost();
  }
  return delays;
}

DelayModel PathThatOnlyLoses() {
  DelayModel delays(150'000);
  for (int i = 0; i < 200; ++i) delays.OnHoleLost();
  return delays;
}

TEST_CASE("a packet at the head is delivered at once") {
  CHECK(Decide(Head(HeadKind::kReady)).verdict == Verdict::kAct);
}

TEST_CASE("a pause is filled at once") {
  CHECK(Decide(Head(HeadKind::kPause)).verdict == Verdict::kAct);
}

TEST_CASE("a path that is not known yet is waited for to the deadline") {
  HeadState head = Head(HeadKind::kHole);
  CHECK(Decide(head).verdict == Verdict::kWait);
  CHECK(Decide(head).wake_us == 1'150'000);
  head.now_us = 1'149'999;
  CHECK(Decide(head).verdict == Verdict::kWait);
  head.now_us = 1'150'000;
  CHECK(Decide(head).verdict == Verdict::kAct);
}

TEST_CASE("where packets only ever get lost nothing waits") {
  CHECK(earshot::Decide(Head(HeadKind::kHole), PathThatOnlyLoses()).verdict ==
        Verdict::kAct);
}

TEST_CASE(
    "where packets overtake one another a hole waits for as long as it "
    "takes there") {
  const DelayModel delays = PathThatFillsAfter(50'500);
  HeadState head = Head(HeadKind::kHole);
  CHECK(earshot::Decide(head, delays).wake_us == 1'051'000);
  head.now_us = 1'051'000;
  head.queued_us = 80'000;
  CHECK(earshot::Decide(head, delays).verdict == Verdict::kAct);
}

TEST_CASE("a hole is never waited for past the deadline") {
  HeadState head = Head(HeadKind::kHole);
  head.deadline_us = 1'020'000;
  CHECK(earshot::Decide(head, PathThatFillsAfter(50'000)).wake_us <= 1'020'000);
}

TEST_CASE("with the copy in hand only a near packet is waited for") {
  HeadState head = Head(HeadKind::kHole);
  head.lbrr_covers_head = true;
  CHECK(earshot::Decide(head, PathThatFillsAfter(5'500)).wake_us == 1'006'000);
  head.queued_us = 100'000;
  CHECK(earshot::Decide(head, PathThatFillsAfter(100'000)).verdict ==
        Verdict::kAct);
}

TEST_CASE("announced silence goes on after the usual lateness of the path") {
  DelayModel delays(150'000);
  for (int i = 0; i < 1000; ++i) delays.OnPacket(i % 40 * 1000);
  const HeadState head = Head(HeadKind::kSilentTail);
  CHECK(earshot::Decide(head, delays).wake_us == 1'045'000);
  CHECK(earshot::Decide(head, DelayModel(150'000)).wake_us == 1'020'000);
}

TEST_CASE("the tail waits for its deadline") {
  HeadState head = Head(HeadKind::kTail);
  CHECK(Decide(head).wake_us == 1'150'000);
  head.now_us = 1'150'000;
  CHECK(Decide(head).verdict == Verdict::kAct);
}

TEST_CASE("after the end a hole is filled at once and nothing is made up") {
  HeadState hole = Head(HeadKind::kHole);
  hole.ended = true;
  CHECK(Decide(hole).verdict == Verdict::kAct);
  HeadState tail = Head(HeadKind::kTail);
  tail.ended = true;
  tail.now_us = 9'000'000;
  CHECK(Decide(tail).verdict == Verdict::kWait);
  CHECK(Decide(tail).wake_us == -1);
}

TEST_CASE("without a stream only a packet can change anything") {
  CHECK(Decide(Head(HeadKind::kNothing)).wake_us == -1);
}

}  // namespace
}  // namespace earshot
