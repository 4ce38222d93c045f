#include "receiver/sender_clock.h"

#include <doctest/doctest.h>

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

TEST_CASE("drift moves the line by no more than ten seconds of it") {
  for (const int64_t ppm : {-300, 300}) {
    CAPTURE(ppm);
    SenderClock clock;
    Send(clock, 0, 6'000,
         [&](int i) { return 100'000 + ppm * kFrameUs * (i + 1) / 1'000'000; });
    const int64_t truth = 100'000 + ppm * kFrameUs * 6'000 / 1'000'000;
    CHECK(LineDelayUs(clock, 5'999) <= truth);
    CHECK(LineDelayUs(clock, 5'999) >= truth - 3'300);
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
