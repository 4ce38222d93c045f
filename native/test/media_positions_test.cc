#include "receiver/media_positions.h"

#include <doctest/doctest.h>

namespace earshot {
namespace {

constexpr int kFrame = 960;
constexpr int64_t kFrameUs = 20'000;
constexpr int64_t kMaxLead = 2 * 48'000;

// A stream of packets 20 ms apart, all with the least delay.
struct Stream {
  MediaPositions positions{kMaxLead};
  SenderClock clock;
  int64_t sequence = 100;
  int64_t arrival_us = 1'000'000;

  std::optional<int64_t> Next(uint32_t timestamp, int64_t gap_us = kFrameUs) {
    arrival_us += gap_us;
    const auto position = positions.Locate(
        {sequence++, timestamp, 48'000, arrival_us, kFrame, false, 0}, clock);
    if (position) clock.OnPacket(*position + kFrame, arrival_us);
    return position;
  }
};

TEST_CASE("positions count from the first packet, across the 32-bit wrap") {
  for (const uint32_t start : {0u, 0x7ffffe00u, 0xfffffe00u, 0xffffffffu}) {
    CAPTURE(start);
    Stream stream;
    for (uint32_t i = 0; i < 10; ++i) {
      CHECK(stream.Next(start + kFrame * i) == int64_t{kFrame} * i);
    }
    CHECK(stream.positions.jumps() == 0);
  }
}

TEST_CASE("a pause of more than half a turn of the timestamp unwraps right") {
  Stream stream;
  stream.Next(1000);
  constexpr int64_t kPauseTicks = int64_t{13} * 3600 * 48'000;  // 13 h.
  const auto position = stream.Next(static_cast<uint32_t>(1000 + kPauseTicks),
                                    kPauseTicks / 48 * 1000);
  CHECK(position == kPauseTicks);
  CHECK(stream.positions.jumps() == 0);
}

TEST_CASE("a timestamp that jumps hours ahead is replaced by the arrival") {
  Stream stream;
  for (uint32_t i = 0; i < 5; ++i) stream.Next(kFrame * i);
  CHECK(stream.Next(500'000'000) == 5 * kFrame);
  CHECK(stream.Next(500'000'000 + kFrame) == 6 * kFrame);
  CHECK(stream.positions.jumps() == 1);
}

TEST_CASE("a timestamp that goes back is replaced by the arrival") {
  Stream stream;
  for (uint32_t i = 10; i < 15; ++i) stream.Next(kFrame * i);
  CHECK(stream.Next(kFrame * 3) == 5 * kFrame);
  CHECK(stream.positions.jumps() == 1);
}

TEST_CASE("an older packet keeps its place, or is refused") {
  Stream stream;
  stream.Next(0);
  stream.Next(kFrame);
  const auto locate = [&](int64_t sequence, uint32_t timestamp) {
    return stream.positions.Locate(
        {sequence, timestamp, 48'000, stream.arrival_us, kFrame, false, 0},
        stream.clock);
  };
  CHECK(locate(99, static_cast<uint32_t>(-kFrame)) == -kFrame);
  CHECK_FALSE(locate(98, 50 * kFrame));
}

}  // namespace
}  // namespace earshot
