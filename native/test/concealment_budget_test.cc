#include "receiver/concealment_budget.h"

#include <doctest/doctest.h>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int kFrameTicks = 20 * kTicksPerMs;
constexpr int64_t kTickUs = 10'000;

// How many frames of one loss are concealed deeply.
int DeepFrames(ConcealmentBudget& budget) {
  int deep = 0;
  while (budget.Spend({.ticks = kFrameTicks, .begins_run = deep == 0}) ==
         Concealment::kDeep)
    ++deep;
  return deep;
}

TEST_CASE("without a budget concealment is classic") {
  ConcealmentBudget budget(0);
  budget.Refill(60'000'000);
  CHECK(DeepFrames(budget) == 0);
}

TEST_CASE("100 ms of budget can be saved up and no more") {
  ConcealmentBudget budget(2000);
  // 20 ms of processor time: 600 µs for the first frame, 140 for the next.
  CHECK(DeepFrames(budget) == 1 + (20'000 - 600) / 140);
  CHECK(DeepFrames(budget) == 0);
  budget.Refill(3600 * int64_t{1'000'000});
  CHECK(DeepFrames(budget) == 1 + (20'000 - 600) / 140);
}

TEST_CASE("what is spent comes back with time, by whole ticks") {
  ConcealmentBudget budget(600);
  DeepFrames(budget);
  budget.Refill(kTickUs - 1);
  CHECK(DeepFrames(budget) == 0);
  budget.Refill(kTickUs);
  CHECK(DeepFrames(budget) == 1);
  budget.Refill(kTickUs);  // The same time again gives nothing.
  budget.Refill(0);        // Nor does an earlier one.
  CHECK(DeepFrames(budget) == 0);
}

TEST_CASE("time is not lost between refills") {
  ConcealmentBudget budget(100);
  while (budget.Spend({.ticks = kFrameTicks, .begins_run = false}) ==
         Concealment::kDeep) {
  }
  int64_t spent_frames = 0;
  for (int64_t now_us = 0; now_us < 1'000'000; now_us += 3'300) {
    budget.Refill(now_us);
    if (budget.Spend({.ticks = kFrameTicks, .begins_run = false}) ==
        Concealment::kDeep)
      ++spent_frames;
  }
  // 100 ticks of 100 µs pay for frames of 140 µs.
  CHECK(spent_frames >= 69);
  CHECK(spent_frames <= 71);
}

TEST_CASE("a refused frame costs nothing, a part of a frame a whole one") {
  ConcealmentBudget budget(70);  // 700 µs.
  CHECK(budget.Spend({.ticks = 120 * kTicksPerMs, .begins_run = true}) ==
        Concealment::kClassic);
  CHECK(budget.Spend({.ticks = kGridTicks, .begins_run = true}) ==
        Concealment::kDeep);
  CHECK(budget.Spend({.ticks = kGridTicks, .begins_run = false}) ==
        Concealment::kClassic);
}

TEST_CASE("silence is made up without the budget, as is all without one") {
  ConcealmentBudget budget(2000);
  const LostAudio silence = {.ticks = kFrameTicks, .is_silence = true};
  const LostAudio speech = {.ticks = kFrameTicks};
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(ConcealmentFor(silence, &budget) == Concealment::kClassic);
    REQUIRE(ConcealmentFor(speech, nullptr) == Concealment::kClassic);
  }
  CHECK(ConcealmentFor(speech, &budget) == Concealment::kDeep);
}

}  // namespace
}  // namespace earshot
