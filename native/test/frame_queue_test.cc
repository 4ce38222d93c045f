#include "receiver/frame_queue.h"

#include <doctest/doctest.h>

#include "simulated_call.h"

namespace earshot {
namespace {

TEST_CASE("frames and samples come out in order, again and again around") {
  constexpr uint64_t kSeed = 4;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  FrameQueue queue(1000);
  int64_t added = 0;
  int64_t taken = 0;
  const auto pcm_of = [](int64_t number) {
    const auto samples = static_cast<size_t>(1 + number * 7 % 90);
    return std::vector<int16_t>(samples, static_cast<int16_t>(number % 30'000));
  };
  for (int round = 0; round < 300; ++round) {
    while (queue.HasRoom(pcm_of(added).size())) {
      Frame& frame = queue.Add(pcm_of(added));
      REQUIRE(frame.media_ticks == 0);  // Nothing is left of an older one.
      REQUIRE(frame.version == 0);
      frame.media_ticks = added++;
      frame.version = 7;
    }
    for (uint64_t i = 1 + random.Below(30); i > 0 && !queue.IsEmpty(); --i) {
      REQUIRE(queue.Front().media_ticks == taken);
      std::vector<int16_t> pcm(static_cast<size_t>(queue.Front().sample_count));
      if (random.Below(4) == 0) {
        queue.DropFront();
      } else {
        queue.TakeFront(pcm);
        REQUIRE(pcm == pcm_of(taken));
      }
      ++taken;
    }
  }
  CHECK(taken > 1000);
}

TEST_CASE("a queue is full by its frames or by its samples") {
  const std::vector<int16_t> pcm(10);
  FrameQueue many(10'000);
  size_t count = 0;
  for (; many.HasRoom(pcm.size()); ++count) many.Add(pcm);
  CHECK(count == FrameQueue::kCapacity);

  FrameQueue few(99);
  for (count = 0; few.HasRoom(pcm.size()); ++count) few.Add(pcm);
  CHECK(count == 9);
  CHECK(few.HasRoom(9));
  while (!few.IsEmpty()) few.DropFront();
  CHECK(few.HasRoom(99));
  CHECK_FALSE(few.HasRoom(100));
}

}  // namespace
}  // namespace earshot
