#include "receiver/delay_model.h"

#include <doctest/doctest.h>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// What a frame is worth over concealment, and over a copy that is in hand, as
// recognizer_policy.cc has it.
constexpr double kOverConcealment = 0.0175;
constexpr double kOverCopy = 0.0005;

// A hole that has just been seen, one frame behind it.
HoleStakes Hole(int64_t deadline_ms, double gain = kOverConcealment) {
  return {.gain = gain,
          .waited_us = 0,
          .most_us = deadline_ms * kMs,
          .queued_us = 20 * kMs};
}

TEST_CASE("the usual lateness is what one packet in 200 exceeds") {
  DelayModel model(150 * kMs);
  for (int i = 0; i < 2000; ++i) {
    // One in 250: rarer than that.
    model.OnPacket(i % 250 == 0 ? 90 * kMs : (i % 20) * kMs);
  }
  CHECK(model.UsualLatenessUs() == 20 * kMs);
  for (int i = 0; i < 2000; ++i) {
    model.OnPacket(i % 50 == 0 ? 90 * kMs : (i % 20) * kMs);
  }
  CHECK(model.UsualLatenessUs() == 91 * kMs);
}

TEST_CASE("lateness is forgotten, half of it in 30 s") {
  DelayModel model(150 * kMs);
  for (int i = 0; i < 3000; ++i) model.OnPacket(i % 10 == 0 ? 80 * kMs : 0);
  CHECK(model.UsualLatenessUs() == 81 * kMs);
  // 10 % in all of it fall below one in 200 after a bit over four halvings.
  for (int i = 0; i < 6 * 1500; ++i) model.OnPacket(0);
  CHECK(model.UsualLatenessUs() == 1 * kMs);
}

TEST_CASE("years of packets leave the weights in range") {
  DelayModel model(150 * kMs);
  for (int i = 0; i < 500'000; ++i) model.OnPacket((i % 10) * kMs);
  CHECK(model.UsualLatenessUs() == 10 * kMs);
}

TEST_CASE("lateness out of range is held in it") {
  DelayModel model(150 * kMs);
  for (int i = 0; i < 10; ++i) model.OnPacket(-1'000'000 * kMs);
  CHECK(model.UsualLatenessUs() == 1 * kMs);
  for (int i = 0; i < 10; ++i) model.OnPacket(INT64_MAX);
  CHECK(model.UsualLatenessUs() == 256 * kMs);
}

TEST_CASE("before anything is known a hole is waited for to its deadline") {
  for (const int64_t deadline_ms : {20, 150, 500}) {
    CAPTURE(deadline_ms);
    const DelayModel model(deadline_ms * kMs);
    CHECK(model.BestStopUs(Hole(deadline_ms)) == deadline_ms * kMs);
  }
}

TEST_CASE("where nothing ever fills a hole, none is waited for") {
  DelayModel model(150 * kMs);
  for (int i = 0; i < 200; ++i) model.OnHoleLost();
  HoleStakes hole = Hole(150, kOverCopy);
  CHECK(model.BestStopUs(hole) == 0);
  hole.waited_us = 30 * kMs;  // Stop at once.
  CHECK(model.BestStopUs(hole) == 30 * kMs);
}

TEST_CASE("where holes are filled by a time, they are waited for until then") {
  for (const int64_t filled_ms : {4, 15}) {
    CAPTURE(filled_ms);
    DelayModel model(150 * kMs);
    for (int i = 0; i < 200; ++i) {
      if (i % 4 == 0) {
        model.OnHoleLost();
      } else {
        model.OnHoleFilled(filled_ms * kMs);
      }
    }
    const int64_t stop_us = model.BestStopUs(Hole(150, kOverCopy));
    CHECK(stop_us > filled_ms * kMs);
    CHECK(stop_us <= (filled_ms + 2) * kMs);
    // What could have filled it has not come.
    HoleStakes waited = Hole(150, kOverCopy);
    waited.waited_us = stop_us;
    waited.queued_us += stop_us;
    CHECK(model.BestStopUs(waited) - stop_us <= 5 * kMs);
  }
}

TEST_CASE("what is worth more is waited for longer") {
  DelayModel model(150 * kMs);
  for (int i = 0; i < 200; ++i) model.OnHoleFilled((i % 50) * kMs);
  int64_t last_us = -1;
  for (const double gain : {0.00001, 0.0005, 0.0175}) {
    CAPTURE(gain);
    const int64_t stop_us = model.BestStopUs(Hole(150, gain));
    CHECK(stop_us > last_us);
    last_us = stop_us;
  }
  // Audio that waits with it makes waiting dearer.
  HoleStakes many = Hole(150, kOverCopy);
  many.queued_us = 2'000 * kMs;
  CHECK(model.BestStopUs(many) < model.BestStopUs(Hole(150, kOverCopy)));
}

TEST_CASE("a path that has changed is learnt within a hundred holes") {
  DelayModel model(150 * kMs);
  for (int i = 0; i < 500; ++i) model.OnHoleLost();
  for (int i = 0; i < 100; ++i) model.OnHoleFilled(25 * kMs);
  CHECK(model.BestStopUs(Hole(150)) >= 25 * kMs);
  for (int i = 0; i < 200; ++i) model.OnHoleLost();
  CHECK(model.BestStopUs(Hole(150, kOverCopy)) <= 26 * kMs);
}

TEST_CASE("a second's deadline is observed whole") {
  DelayModel model(1000 * kMs);
  CHECK(model.HorizonUs() > 1000 * kMs);
  CHECK(DelayModel(150 * kMs).HorizonUs() == 256 * kMs);
  for (int i = 0; i < 300; ++i) model.OnHoleFilled(900 * kMs);
  HoleStakes hole = Hole(1000);
  hole.gain = 100;  // Worth any delay.
  CHECK(model.BestStopUs(hole) >= 900 * kMs);
  CHECK(model.BestStopUs(hole) <= 1000 * kMs);
}

TEST_CASE("the stop lies between what was waited and the deadline") {
  constexpr uint64_t kSeed = 6;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (int round = 0; round < 200; ++round) {
    const auto deadline_us = static_cast<int64_t>(random.Below(1001)) * kMs;
    DelayModel model(deadline_us);
    for (int i = 0; i < 100; ++i) {
      if (random.Below(3) == 0) {
        model.OnHoleLost();
      } else {
        model.OnHoleFilled(static_cast<int64_t>(random.Below(2'000'000)));
      }
      HoleStakes hole;
      hole.gain = static_cast<double>(random.Below(100)) / 50;
      hole.most_us = static_cast<int64_t>(
          random.Below(static_cast<uint64_t>(deadline_us) + 1));
      hole.waited_us = static_cast<int64_t>(
          random.Below(static_cast<uint64_t>(hole.most_us) + 1));
      hole.queued_us = static_cast<int64_t>(random.Below(500'000));
      const int64_t stop_us = model.BestStopUs(hole);
      REQUIRE(stop_us >= hole.waited_us);
      REQUIRE(stop_us <= hole.most_us);
    }
  }
}

TEST_CASE("who is not eager waits until the deadline, whatever the path") {
  DelayModel patient(150 * kMs, 0);
  for (int i = 0; i < 500; ++i) patient.OnHoleLost();
  CHECK(patient.BestStopUs(Hole(150)) == 150 * kMs);
  CHECK(patient.BestStopUs(Hole(150, kOverCopy)) == 150 * kMs);
}

TEST_CASE("the more eager, the shorter a hole is waited for") {
  int64_t patience_us = 150 * kMs;
  for (const double eagerness : {0.0, 0.1, 1.0, 10.0, 100.0, 1000.0}) {
    DelayModel model(150 * kMs, eagerness);
    for (int i = 0; i < 400; ++i) {
      if (i % 4 == 0) {
        model.OnHoleLost();
      } else {
        model.OnHoleFilled(i % 100 * kMs);
      }
    }
    const int64_t next_us = model.BestStopUs(Hole(150));
    CAPTURE(eagerness);
    CHECK(next_us <= patience_us);
    patience_us = next_us;
  }
  CHECK(patience_us == 0);
}

}  // namespace
}  // namespace earshot
