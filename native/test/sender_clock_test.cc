#include "receiver/sender_clock.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kFrameTicks = 960;
constexpr int64_t kFrameUs = 20'000;
constexpr uint64_t kSeed = 5;

// Sends packets first..last-1 with the delay that `delay_us` gives for each.
template <typename Delay>
int Send(SenderClock& clock, int first, int last, Delay delay_us) {
  int shifts = 0;
  for (int i = first; i < last; ++i) {
    shifts +=
        clock.OnPacket(kFrameTicks * (i + 1), kFrameUs * (i + 1) + delay_us(i))
            ? 1
            : 0;
  }
  return shifts;
}

// How far the line lies above the true sending time after packet i.
int64_t LineDelayUs(const SenderClock& clock, int i) {
  return clock.LineUs(kFrameTicks * (i + 1)) - kFrameUs * (i + 1);
}

TEST_CASE("the line follows the quickest packet") {
  SenderClock clock;
  Random random(kSeed);
  Send(clock, 0, 400, [&](int i) {
    return i == 123 ? 4'000 : 5'000 + static_cast<int64_t>(random.Below(9'000));
  });
  CHECK(LineDelayUs(clock, 399) == 4'000);
}

TEST_CASE("the line's rise over a queue is known for two minutes") {
  SenderClock clock;
  Random random(kSeed);
  const auto at_least = [&](int64_t delay_us) {
    return [&, delay_us](int) {
      return delay_us + static_cast<int64_t>(random.Below(20'000));
    };
  };
  Send(clock, 0, 50, at_least(0));
  const int64_t least_us = LineDelayUs(clock, 49);
  CHECK(clock.RiseUs() == 0);
  Send(clock, 50, 5000, at_least(10'000));
  CHECK(LineDelayUs(clock, 4999) >= 10'000);
  CHECK(std::llabs(LineDelayUs(clock, 4999) - clock.RiseUs() - least_us) <=
        1'000);
  Send(clock, 5000, 5050, at_least(0));
  CHECK(clock.RiseUs() <= 1'000);
  Send(clock, 5050, 12'000, at_least(10'000));
  CHECK(clock.RiseUs() <= 1'000);
}

TEST_CASE("a drift beyond 1050 ppm is told of and not followed") {
  for (const int64_t ppm : {-5000, -1200, -1000, -100, 100, 1000, 1200, 1500}) {
    CAPTURE(ppm);
    SenderClock clock;
    Random random(kSeed);
    Send(clock, 0, 1'500, [&](int i) {
      return 500'000 + ppm * kFrameUs * i / 1'000'000 +
             static_cast<int64_t>(random.Below(3'000));
    });
    if (std::abs(ppm) <= 1000) {
      CHECK(clock.drift_alarms() == 0);
    } else {
      CHECK(clock.drift_alarms() >= 5);
      CHECK(clock.drift_ppm() == 0);
    }
  }
}

TEST_CASE("positions that run away are no drift and overflow nothing") {
  for (const int64_t ticks :
       {-200'000'000, -40'000'000, 40'000'000, 200'000'000}) {
    CAPTURE(ticks);
    SenderClock clock;
    for (int64_t i = 1; i < 3'000; ++i) {
      clock.OnPacket(1'000'000'000'000 + i * ticks, kFrameUs * i);
    }
    CHECK(clock.drift_alarms() == 0);
    CHECK(clock.drift_ppm() == 0);
    CHECK(clock.RiseUs() >= 0);
  }
}

TEST_CASE("a longer path is no rise") {
  SenderClock clock;
  Random random(kSeed);
  const auto jitter = [&] { return static_cast<int64_t>(random.Below(8'000)); };
  Send(clock, 0, 200, [&](int) { return jitter(); });
  CHECK(Send(clock, 200, 1000, [&](int) { return 200'000 + jitter(); }) == 1);
  CHECK(clock.RiseUs() <= 2'000);
}

TEST_CASE("a drift is no rise once it is known") {
  for (const int64_t drift_ppm : {-1000, -100, 100, 1000}) {
    CAPTURE(drift_ppm);
    SenderClock clock;
    Random random(kSeed);
    Send(clock, 0, 10'000, [&](int i) {
      return kFrameUs * i * drift_ppm / 1'000'000 +
             static_cast<int64_t>(random.Below(5'000));
    });
    CHECK(clock.RiseUs() <= 1'000);
  }
}

TEST_CASE("a quicker path is believed at once") {
  SenderClock clock;
  Send(clock, 0, 100, [](int) { return 90'000; });
  Send(clock, 100, 101, [](int) { return 10'000; });
  CHECK(LineDelayUs(clock, 100) == 10'000);
}

TEST_CASE("a longer path is believed within a second") {
  SenderClock clock;
  Random random(kSeed);
  const auto jitter = [&] { return static_cast<int64_t>(random.Below(8'000)); };
  Send(clock, 0, 200, [&](int) { return jitter(); });
  const int shifts =
      Send(clock, 200, 251, [&](int) { return 200'000 + jitter(); });
  CHECK(shifts == 1);
  CHECK(LineDelayUs(clock, 250) >= 200'000);
  CHECK(LineDelayUs(clock, 250) <= 208'000);
}

TEST_CASE("a stall that is released is not taken for a longer path") {
  SenderClock clock;
  Send(clock, 0, 200, [](int) { return 3'000; });
  // Packets 200..249 are held back and all come when 250 is due.
  const int shifts =
      Send(clock, 200, 250, [](int i) { return (250 - i) * kFrameUs; });
  Send(clock, 250, 300, [](int) { return 3'000; });
  CHECK(shifts == 0);
  CHECK(LineDelayUs(clock, 299) == 3'000);
}

TEST_CASE("the line follows drift, whatever the jitter above it") {
  for (const int64_t ppm : {-1000, -300, -30, 0, 30, 300, 1000}) {
    CAPTURE(ppm);
    SenderClock clock;
    Random random(kSeed);
    const auto truth = [&](int i) {
      return 100'000 + ppm * kFrameUs * (i + 1) / 1'000'000;
    };
    Send(clock, 0, 3'000, [&](int i) {
      return truth(i) + static_cast<int64_t>(random.Below(6'000));
    });
    CHECK(std::abs(clock.drift_ppm() - ppm) <= 10);
    CHECK(std::abs(LineDelayUs(clock, 2'999) - truth(2'999)) <= 200);
  }
}

TEST_CASE("queues that come and go slowly are not taken for drift") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    SenderClock clock;
    Random random(seed);
    double queue_ms = 35;
    int most_ppm = 0;
    for (int i = 0; i < 6'000; ++i) {
      const double push = static_cast<double>(random.Below(2'000)) / 1000 - 1;
      queue_ms = std::max(0.0, 35 + 0.97 * (queue_ms - 35) + 12 * push);
      Send(clock, i, i + 1,
           [&](int) { return static_cast<int64_t>(1000 * queue_ms); });
      most_ppm = std::max(most_ppm, std::abs(clock.drift_ppm()));
    }
    CHECK(most_ppm <= 300);
    CHECK(LineDelayUs(clock, 5'999) <= 30'000);
  }
}

TEST_CASE("a step of the path leaves the slope alone") {
  for (const int64_t step_us : {-80'000, 80'000, 200'000}) {
    CAPTURE(step_us);
    SenderClock clock;
    Random random(kSeed);
    int most_ppm = 0;
    for (int i = 0; i < 4'000; ++i) {
      Send(clock, i, i + 1, [&](int) {
        return 100'000 + static_cast<int64_t>(random.Below(5'000)) +
               (i >= 2'000 ? step_us : 0);
      });
      most_ppm = std::max(most_ppm, std::abs(clock.drift_ppm()));
    }
    CHECK(most_ppm <= 60);
    CHECK(std::abs(LineDelayUs(clock, 3'999) - 100'000 - step_us) <= 300);
  }
}

TEST_CASE("positions and line are each other's inverse") {
  SenderClock clock;
  Send(clock, 0, 10, [](int) { return 12'345; });
  const int64_t position = kFrameTicks * 500;
  CHECK(clock.PositionAt(clock.LineUs(position)) == position);
}

}  // namespace
}  // namespace earshot
