#include "receiver/frame_queue.h"

#include <doctest/doctest.h>

namespace earshot {
namespace {

TEST_CASE("frames come out in order, again and again around the ring") {
  FrameQueue queue;
  int64_t added = 0;
  int64_t popped = 0;
  for (int round = 0; round < 100; ++round) {
    while (!queue.IsFull()) {
      Frame& frame = queue.Add();
      REQUIRE(frame.media_ticks == 0);  // Nothing is left of an older one.
      REQUIRE(frame.version == 0);
      frame.media_ticks = ++added;
      frame.version = 7;
    }
    for (int i = 0; i < 1 + round % 60 && !queue.IsEmpty(); ++i) {
      REQUIRE(queue.Front().media_ticks == ++popped);
      queue.Pop();
    }
  }
  CHECK(added - popped <= 64);
}

TEST_CASE("a queue is full at 64 frames and empty when all are out") {
  FrameQueue queue;
  CHECK(queue.IsEmpty());
  int count = 0;
  while (!queue.IsFull()) {
    queue.Add();
    ++count;
  }
  CHECK(count == 64);
  while (!queue.IsEmpty()) {
    queue.Pop();
    --count;
  }
  CHECK(count == 0);
}

}  // namespace
}  // namespace earshot
