#include "receiver/target_delay.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int64_t kFrameUs = 20 * kMs;

void HearInOrder(TargetDelay& target, int frames,
                 const std::function<int64_t(int)>& late_us) {
  for (int i = 0; i < frames; ++i) {
    target.OnFrame(late_us(i), kFrameUs, Availability::kInOrder);
  }
}

// One frame in `period` is lost; a copy of it comes with the frame behind it.
void HearWithCopies(TargetDelay& target, int frames, int period) {
  for (int i = 0; i < frames; ++i) {
    const bool lost = i % period == period - 1;
    target.OnFrame(lost ? 25 * kMs : 5 * kMs, kFrameUs, Availability::kInOrder);
  }
}

TEST_CASE("before the path is known the target is 30 ms, within the limits") {
  CHECK(TargetDelay(0, 1000 * kMs).target_us() == 30 * kMs);
  CHECK(TargetDelay(50 * kMs, 1000 * kMs).target_us() == 50 * kMs);
  CHECK(TargetDelay(0, 20 * kMs).target_us() == 20 * kMs);
  CHECK(TargetDelay(100 * kMs, 100 * kMs).target_us() == 100 * kMs);

  TargetDelay target(0, 1000 * kMs);
  HearInOrder(target, 19, [](int) { return 0; });
  CHECK(target.target_us() == 30 * kMs);
}

TEST_CASE("on a steady path the target is what every frame needs, by the ms") {
  for (const int64_t late_ms : {0, 1, 3, 6, 7, 8}) {
    CAPTURE(late_ms);
    TargetDelay target(0, 1000 * kMs);
    HearInOrder(target, 500, [&](int) { return late_ms * kMs; });
    CHECK(target.target_us() == late_ms * kMs);
  }
}

TEST_CASE("the target grows with jitter and comes back when it has gone") {
  constexpr uint64_t kSeed = 2;
  Random random(kSeed);
  int64_t last_us = -1;
  for (const uint64_t jitter_ms : {2, 20, 60, 120}) {
    CAPTURE(jitter_ms);
    TargetDelay target(0, 1000 * kMs);
    int64_t previous_us = 0;
    const auto late_us = [&](int) {
      // What comes late holds up what is behind it.
      previous_us =
          std::max(previous_us - kFrameUs,
                   static_cast<int64_t>(random.Below(jitter_ms * kMs)));
      return previous_us;
    };
    HearInOrder(target, 1500, late_us);
    CHECK(target.target_us() > last_us);
    CHECK(target.target_us() <= static_cast<int64_t>(jitter_ms) * kMs);
    last_us = target.target_us();
    HearInOrder(target, 3000, [](int) { return 2 * kMs; });
    CHECK(target.target_us() <= 4 * kMs);
  }
}

TEST_CASE("a single spike is ridden out, a habit of spikes is planned for") {
  const auto spike_every = [](int frames) {
    return [frames](int i) {
      const int64_t since = i % frames;  // Five frames come at once.
      return i < frames || since >= 5 ? 2 * kMs : (100 - 20 * since) * kMs;
    };
  };
  TargetDelay seldom(0, 1000 * kMs);
  HearInOrder(seldom, 3500, spike_every(3000));
  CHECK(seldom.target_us() <= 10 * kMs);
  TargetDelay often(0, 1000 * kMs);
  HearInOrder(often, 3000, spike_every(50));
  CHECK(often.target_us() >= 80 * kMs);
  CHECK(often.target_us() <= 110 * kMs);
}

TEST_CASE("copies are waited for where losses are worth it") {
  TargetDelay rare(0, 1000 * kMs);
  HearWithCopies(rare, 2000, 400);
  CHECK(rare.target_us() <= 6 * kMs);
  TargetDelay frequent(0, 1000 * kMs);
  HearWithCopies(frequent, 2000, 20);
  CHECK(frequent.target_us() >= 24 * kMs);
  CHECK(frequent.target_us() <= 30 * kMs);
}

TEST_CASE("a frame that comes into a hole costs no more than itself") {
  TargetDelay target(0, 1000 * kMs);
  for (int i = 0; i < 2000; ++i) {
    const bool reordered = i % 50 == 49;
    target.OnFrame(
        reordered ? 400 * kMs : 5 * kMs, kFrameUs,
        reordered ? Availability::kIntoHole : Availability::kInOrder);
  }
  // 2 % made up are worth 40 ms, not 400.
  CHECK(target.target_us() <= 45 * kMs);
}

TEST_CASE("the last lateness is that of the last five frames") {
  TargetDelay target(0, 1000 * kMs);
  target.OnFrame(90 * kMs, kFrameUs, Availability::kInOrder);
  for (int i = 0; i < 4; ++i) {
    target.OnFrame(-5 * kMs, kFrameUs, Availability::kInOrder);
    CHECK(target.recent_late_us() == 90 * kMs);
  }
  target.OnFrame(0, kFrameUs, Availability::kInOrder);
  CHECK(target.recent_late_us() == 0);
}

TEST_CASE("whatever comes, the target keeps the limits") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const auto min_us = static_cast<int64_t>(random.Below(200)) * kMs;
    const int64_t max_us =
        min_us + static_cast<int64_t>(random.Below(800)) * kMs;
    TargetDelay target(min_us, max_us);
    for (int i = 0; i < 2000; ++i) {
      int64_t late_us = static_cast<int64_t>(random.Below(300 * kMs));
      if (random.Below(50) == 0) {  // As far off as arithmetic lets them be.
        late_us = static_cast<int64_t>(random.Below(uint64_t{1} << 40)) -
                  (int64_t{1} << 39);
      }
      const int64_t duration_us =
          2'500 * (1 + static_cast<int64_t>(random.Below(48)));
      target.OnFrame(late_us, duration_us,
                     random.Below(2) == 0 ? Availability::kInOrder
                                          : Availability::kIntoHole);
      REQUIRE(target.target_us() >= min_us);
      REQUIRE(target.target_us() <= max_us);
    }
  }
}

}  // namespace
}  // namespace earshot
