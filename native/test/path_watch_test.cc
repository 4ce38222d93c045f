#include "receiver/path_watch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "receiver/sender_clock.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kFrameUs = 20'000;
constexpr int64_t kFrameTicks = 960;
constexpr int64_t kTicksPerMs = 48;
constexpr uint64_t kSeed = 11;

// A path of no delay at its best, and packets of one length.
struct Path {
  PathWatch watch;
  int64_t frame_us = kFrameUs;

  int64_t SentUs(int i) const { return frame_us * (i + 1); }
  int64_t EndTicks(int i) const { return SentUs(i) * kTicksPerMs / 1000; }

  // By how much the path is longer for packet i.
  int64_t LiftUs(int i) const {
    return watch.PresentLineUs(EndTicks(i), SentUs(i)) - SentUs(i);
  }

  // Sends packets first..last-1, number i with the delay of delay_us(i); they
  // come in the order of their arrival. Returns the greatest lift there was.
  template <typename Delay>
  int64_t Send(int first, int last, Delay delay_us) {
    struct Packet {
      int i;
      int64_t arrival_us;
    };
    std::vector<Packet> packets;
    for (int i = first; i < last; ++i) {
      packets.push_back({i, SentUs(i) + delay_us(i)});
    }
    std::stable_sort(packets.begin(), packets.end(),
                     [](const Packet& a, const Packet& b) {
                       return a.arrival_us < b.arrival_us;
                     });
    int64_t most_us = 0;
    for (const auto& [i, arrival_us] : packets) {
      watch.OnPacket(EndTicks(i), arrival_us, SentUs(i));
      most_us = std::max(most_us, LiftUs(last));
    }
    return most_us;
  }
};

TEST_CASE("a path that is 200 ms longer is known within 400 ms") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Path path;
    Random random(seed);
    const int step = 100 + static_cast<int>(random.Below(20));
    const auto jitter_us = [&] {
      return static_cast<int64_t>(random.Below(12'000));
    };
    CHECK(path.Send(0, step, [&](int) { return jitter_us(); }) == 0);
    path.Send(step, step + 20, [&](int) { return 200'000 + jitter_us(); });
    CHECK(path.LiftUs(step + 20) >= 200'000);
    CHECK(path.LiftUs(step + 20) < 212'000);
  }
}

TEST_CASE("packets of any length and rate tell it") {
  for (const int64_t frame_us : {2'500, 10'000, 60'000, 120'000, 400'000}) {
    CAPTURE(frame_us);
    Path path;
    path.frame_us = frame_us;
    path.Send(0, 100, [](int) { return 1'000; });
    const int last = 110 + static_cast<int>(600'000 / frame_us);
    path.Send(100, last, [](int) { return 90'000; });
    CHECK(path.LiftUs(last) == 90'000);
  }
}

// 2.4 Mbit/s into a link of 2 Mbit/s: 0.2 s more every second.
TEST_CASE("a queue that grows is followed, and left at once as it drains") {
  Path path;
  path.Send(0, 50, [](int) { return 2'000; });
  const auto queue_us = [](int i) { return 4'000 * (i - 50); };
  for (int i = 50; i < 110; ++i) {
    path.Send(i, i + 1, queue_us);
    CHECK(queue_us(i) - path.LiftUs(i) < 150'000);
  }
  CHECK(path.LiftUs(110) >= 120'000);
  path.Send(110, 111, [](int) { return 70'000; });
  CHECK(path.LiftUs(111) == 70'000);
  path.Send(111, 112, [](int) { return 0; });
  CHECK(path.LiftUs(112) == 0);
}

TEST_CASE("one window of slow packets says nothing, two do") {
  Path path;
  path.Send(0, 6, [](int) { return 0; });
  CHECK(path.Send(6, 12, [](int) { return 100'000; }) == 0);
  CHECK(path.Send(12, 24, [](int) { return 0; }) == 0);
  CHECK(path.Send(24, 42, [](int) { return 100'000; }) == 100'000);
}

TEST_CASE("a few packets that are sent seldom say nothing") {
  Path path;
  path.frame_us = 400'000;
  CHECK(path.Send(0, 9, [](int i) { return i < 5 ? 0 : 100'000; }) == 0);
}

TEST_CASE("a path that is longer by less than can be waited is left alone") {
  Path path;
  CHECK(path.Send(0, 500, [](int i) { return i < 100 ? 0 : 59'000; }) == 0);
}

TEST_CASE("jitter is no longer path") {
  Path path;
  Random random(kSeed);
  CHECK(path.Send(0, 20'000, [&](int) {
    return static_cast<int64_t>(random.Below(90'000));
  }) == 0);
}

TEST_CASE("what was held and is let go at once is no longer path") {
  // Beacons of 802.11, scans, and stalls of a second.
  for (const int64_t hold_us : {102'400, 150'000, 200'000, 1'000'000}) {
    for (int64_t phase_us = 0; phase_us < kFrameUs; phase_us += 2'500) {
      CAPTURE(hold_us);
      CAPTURE(phase_us);
      Path path;
      CHECK(path.Send(0, 1'000, [&](int i) {
        const int64_t past_us = (path.SentUs(i) + phase_us) % hold_us;
        return past_us == 0 ? 0 : hold_us - past_us;
      }) == 0);
    }
  }
}

TEST_CASE("a stall that a slow link lets go bit by bit is no longer path") {
  // After 1 s a packet every 5, 10 and 17 ms.
  for (const int64_t every_us : {5'000, 10'000, 17'000}) {
    CAPTURE(every_us);
    Path path;
    path.Send(0, 100, [](int) { return 3'000; });
    CHECK(path.Send(100, 600, [&](int i) {
      return std::max<int64_t>(3'000,
                               1'000'000 - (kFrameUs - every_us) * (i - 100));
    }) == 0);
  }
}

TEST_CASE("what waits as the path is short again is not due sooner for it") {
  Path path;
  path.Send(0, 30, [](int) { return 0; });
  path.Send(30, 60, [](int) { return 200'000; });
  // Number 60 is missing; the queue drains, 61 to 64 come together.
  const int64_t drained_us = path.SentUs(60) + 190'000;
  path.Send(61, 65, [&](int i) { return drained_us - path.SentUs(i); });
  CHECK(path.LiftUs(65) == 110'000);
  CHECK(path.LiftUs(60) == 190'000);
  // Nor does a move of the line make it due at another time.
  CHECK(path.LiftUs(58) == 200'000);
  path.watch.OnLineMoved(50'000);
  CHECK(path.watch.PresentLineUs(path.EndTicks(58), path.SentUs(58) + 50'000) ==
        path.SentUs(58) + 200'000);
  path.watch.OnLineMoved(-50'000);
  // It was not overtaken by what was sent after it.
  path.Send(65, 66, [](int) { return 0; });
  CHECK(path.LiftUs(66) == 0);
  CHECK(path.LiftUs(64) == kFrameUs);
}

TEST_CASE("what waits as the line falls is not due sooner for it") {
  Path path;
  path.Send(0, 30, [](int) { return 0; });
  path.watch.OnLineMoved(-30'000);
  path.watch.OnPacket(path.EndTicks(31), path.SentUs(31) - 30'000,
                      path.SentUs(31) - 30'000);
  const auto present_us = [&](int i) {
    return path.watch.PresentLineUs(path.EndTicks(i), path.SentUs(i) - 30'000);
  };
  CHECK(present_us(29) == path.SentUs(29));
  CHECK(present_us(30) == path.SentUs(31) - 30'000);
  CHECK(present_us(31) == path.SentUs(31) - 30'000);
}

TEST_CASE("times that are shifted by a constant change nothing") {
  const auto lifts = [](int64_t shift_us) {
    PathWatch watch;
    Random random(kSeed);
    std::vector<int64_t> lifts_us;
    int64_t line_us = shift_us;
    for (int i = 0; i < 2'000; ++i) {
      line_us += kFrameUs;
      const int64_t by_us = i % 90 == 0 ? 9'000 : i % 70 == 0 ? -7'000 : 0;
      line_us += by_us;
      watch.OnLineMoved(by_us);
      const int64_t queue_us = i / 50 % 2 * 120'000;
      watch.OnPacket(
          kFrameTicks * i,
          line_us + queue_us + static_cast<int64_t>(random.Below(8'000)),
          line_us);
      for (const int at : {i - 10, i}) {
        lifts_us.push_back(watch.PresentLineUs(kFrameTicks * at, line_us) -
                           line_us);
      }
    }
    return lifts_us;
  };
  const auto plain = lifts(0);
  CHECK(*std::max_element(plain.begin(), plain.end()) > 100'000);
  for (const int64_t shift_us :
       {int64_t{-500'000}, int64_t{777'777}, int64_t{1} << 50}) {
    CHECK(lifts(shift_us) == plain);
  }
}

TEST_CASE("a line that moves up takes the lift's place") {
  Path path;
  path.Send(0, 50, [](int i) { return i < 20 ? 0 : 120'000; });
  REQUIRE(path.LiftUs(50) == 120'000);
  path.watch.OnLineMoved(90'000);
  CHECK(path.LiftUs(50) == 30'000);
  path.watch.OnLineMoved(-5'000);
  CHECK(path.LiftUs(50) == 35'000);
  path.watch.OnLineMoved(90'000);
  CHECK(path.LiftUs(50) == 0);
}

TEST_CASE("windows before the line moved are measured over the new one") {
  Path path;
  path.Send(0, 12, [](int) { return 70'000; });
  path.watch.OnLineMoved(70'000);
  CHECK(path.Send(12, 100, [](int) { return 0; }) == 0);

  Path longer;
  longer.Send(0, 12, [](int) { return 100'000; });
  longer.watch.OnLineMoved(30'000);
  const int64_t line_us = longer.SentUs(12) + 30'000;
  longer.watch.OnPacket(longer.EndTicks(12), line_us + 90'000, line_us);
  CHECK(longer.LiftUs(13) == 70'000);
}

TEST_CASE("the present line is the line until the path is longer by far") {
  SenderClock clock;
  Random random(kSeed);
  const auto send = [&](int i, int64_t delay_us) {
    clock.OnPacket(
        kFrameTicks * i,
        kFrameUs * i + delay_us + static_cast<int64_t>(random.Below(8'000)));
    return clock.PresentLineUs(kFrameTicks * i) - kFrameUs * i;
  };
  for (int i = 0; i < 200; ++i) {
    const int64_t present_us = send(i, 0);
    CHECK(present_us == clock.LineUs(kFrameTicks * i) - kFrameUs * i);
  }
  for (int i = 200; i < 220; ++i) send(i, 100'000);
  CHECK(clock.LineUs(kFrameTicks * 220) - kFrameUs * 220 < 8'000);
  // First by the lift, then by the line, never by both.
  for (int i = 220; i < 1'000; ++i) {
    const int64_t present_us = send(i, 100'000);
    CHECK(present_us >= 100'000);
    CHECK(present_us <= 108'000);
  }
  CHECK(clock.LineUs(kFrameTicks * 999) - kFrameUs * 999 >= 100'000);
  CHECK(send(1'000, 0) < 8'000);
}

}  // namespace
}  // namespace earshot
