#include "receiver/recognizer_policy.h"

#include <doctest/doctest.h>

namespace earshot {
namespace {

HeadState Head(HeadKind kind) {
  HeadState head;
  head.kind = kind;
  head.hole_visible_us = 1'000'000;
  head.deadline_us = 1'150'000;
  head.now_us = 1'000'000;
  return head;
}

TEST_CASE("a packet at the head is delivered at once") {
  CHECK(Decide(Head(HeadKind::kReady)).verdict == Verdict::kAct);
}

TEST_CASE("a pause is filled at once") {
  CHECK(Decide(Head(HeadKind::kPause)).verdict == Verdict::kAct);
}

TEST_CASE("a hole waits for the deadline and not a µs longer") {
  HeadState head = Head(HeadKind::kHole);
  CHECK(Decide(head).verdict == Verdict::kWait);
  CHECK(Decide(head).wake_us == 1'150'000);
  head.now_us = 1'149'999;
  CHECK(Decide(head).verdict == Verdict::kWait);
  head.now_us = 1'150'000;
  CHECK(Decide(head).verdict == Verdict::kAct);
}

TEST_CASE("with the copy in hand a hole waits for common reordering only") {
  HeadState head = Head(HeadKind::kHole);
  head.lbrr_covers_head = true;
  CHECK(Decide(head).wake_us == 1'010'000);
  head.now_us = 1'010'000;
  CHECK(Decide(head).verdict == Verdict::kAct);
}

TEST_CASE("the copy does not wait past the deadline") {
  HeadState head = Head(HeadKind::kHole);
  head.lbrr_covers_head = true;
  head.deadline_us = 1'004'000;
  CHECK(Decide(head).wake_us == 1'004'000);
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
