#include "receiver/host_stalls.h"

#include <doctest/doctest.h>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

TEST_CASE("a host that comes long after it was due has stood still") {
  HostStalls stalls;
  stalls.OnCall(1000 * kMs, kNever);
  CHECK(stalls.count() == 0);
  stalls.OnCall(1069 * kMs, 1020 * kMs);
  CHECK(stalls.count() == 0);
  stalls.OnCall(1170 * kMs, 1120 * kMs);
  CHECK(stalls.count() == 1);
  // Nothing was asked of it.
  stalls.OnCall(9000 * kMs, kNever);
  CHECK(stalls.count() == 1);
}

TEST_CASE("a host that goes on without polling has not stood still") {
  HostStalls stalls;
  for (int64_t at_us = 1000 * kMs; at_us < 2000 * kMs; at_us += 20 * kMs) {
    stalls.OnCall(at_us, 1010 * kMs);
  }
  stalls.OnCall(3000 * kMs, 1010 * kMs);
  CHECK(stalls.count() == 0);
}

TEST_CASE("what would have been here before the host went on waited for it") {
  HostStalls stalls;
  CHECK_FALSE(stalls.HeldBack(-50 * kMs, 0));
  stalls.OnCall(0, kNever);
  stalls.OnCall(300 * kMs, 100 * kMs);
  CHECK(stalls.HeldBack(299 * kMs, 301 * kMs));
  CHECK_FALSE(stalls.HeldBack(300 * kMs, 301 * kMs));
  // Stamped by another clock than that of the program.
  CHECK_FALSE(stalls.HeldBack(200 * kMs, 220 * kMs));
  // Sockets do not hold anything back for so long.
  CHECK_FALSE(stalls.HeldBack(299 * kMs, 801 * kMs));
}

// Plays a call to a receiver whose host sleeps from `asleep_us` on until
// `awake_us`: packets of that time are read and stamped afterwards.
struct SleepyHost {
  int64_t asleep_us = 0;
  int64_t awake_us = 0;

  std::vector<HeardFrame> Play(Receiver& receiver,
                               const std::vector<SentPacket>& packets) const {
    std::vector<HeardFrame> heard;
    int64_t read_us = 0;
    for (const SentPacket& packet : packets) {
      read_us = std::max(packet.at_us, read_us + 20);
      if (Sleeps(read_us)) read_us = awake_us;
      // Everything that waits in the sockets is read before time moves on.
      const bool waited = read_us > packet.at_us;
      for (int64_t due_us = receiver.NextWakeupUs();
           !waited && due_us != kNever && due_us < read_us && !Sleeps(due_us);
           due_us = receiver.NextWakeupUs()) {
        PollInto(receiver, due_us, heard);
      }
      receiver.Push(packet.bytes, read_us);
      if (!waited) PollInto(receiver, read_us, heard);
    }
    return heard;
  }

  bool Sleeps(int64_t at_us) const {
    return at_us >= asleep_us && at_us < awake_us;
  }
};

// Speech of two seconds, and then silence that the sender announces.
std::vector<SentPacket> TalkAndPause() {
  Talk talk;
  talk.frames = 150;
  talk.dtx = true;
  talk.voiced = [](int i) { return i < 100; };
  return Encode(talk);
}

// How late the first silence of the pause is handed out, where nothing was lost
// and no packet came: as late as packets are expected to be.
int64_t WaitInPauseUs(const std::vector<HeardFrame>& heard) {
  for (const HeardFrame& frame : heard) {
    if (frame.frame.arrival_us == kNever && frame.frame.version == 0 &&
        frame.frame.media_ticks > 2100 * kTicksPerMs) {
      return frame.frame.latency_us;
    }
  }
  return kNever;
}

TEST_CASE("what a stalled host reads late teaches nothing of the path") {
  const auto packets = TalkAndPause();
  Receiver calm{ReceiverConfig()};
  const auto expected = SleepyHost().Play(calm, packets);
  REQUIRE(WaitInPauseUs(expected) > 0);
  REQUIRE(calm.ReadCounters().host_stalls == 0);

  for (const int64_t stall_ms : {240, 400, 900}) {
    CAPTURE(stall_ms);
    Receiver receiver{ReceiverConfig()};
    const SleepyHost host = {.asleep_us = 1001 * kMs,
                             .awake_us = (1001 + stall_ms) * kMs};
    const auto heard = host.Play(receiver, packets);
    const Counters& counters = receiver.ReadCounters();
    CHECK(counters.host_stalls == 1);
    CHECK(counters.packets_received == static_cast<int64_t>(packets.size()));
    CHECK(counters.jitter_ticks_q4 == calm.ReadCounters().jitter_ticks_q4);
    CHECK(counters.minimum_delay_us == calm.ReadCounters().minimum_delay_us);
    CHECK(counters.path_shifts == 0);
    CHECK(WaitInPauseUs(heard) == WaitInPauseUs(expected));
    CHECK(TicksFrom(heard, Provenance::kReceived) ==
          TicksFrom(expected, Provenance::kReceived));
  }
}

TEST_CASE("what the network holds back while the host is awake teaches") {
  auto packets = TalkAndPause();
  for (SentPacket& packet : packets) {
    if (packet.at_us > 1001 * kMs) {
      packet.at_us = std::max(packet.at_us, 1401 * kMs);
    }
  }
  Receiver calm{ReceiverConfig()};
  const auto expected = SleepyHost().Play(calm, TalkAndPause());
  Receiver receiver{ReceiverConfig()};
  const auto heard = SleepyHost().Play(receiver, packets);
  CHECK(receiver.ReadCounters().host_stalls == 0);
  CHECK(receiver.ReadCounters().jitter_ticks_q4 >
        calm.ReadCounters().jitter_ticks_q4);
  CHECK(WaitInPauseUs(heard) > WaitInPauseUs(expected));
}

TEST_CASE("a host that pulls late and in a row has stalled, too") {
  for (const int64_t stall_ms : {0, 50, 300}) {
    CAPTURE(stall_ms);
    ReceiverConfig config;
    config.readers = Readers::kPlayout;
    Receiver receiver{config};
    std::vector<int16_t> pcm(160);
    const auto packets = Encode({});
    size_t next = 0;
    int64_t read_us = 0;
    for (int64_t at_us = 20 * kMs; at_us <= 2000 * kMs; at_us += 10 * kMs) {
      // All calls from one second on come after the stall, at once.
      const bool is_late =
          at_us > 1000 * kMs && at_us < (1000 + stall_ms) * kMs;
      const int64_t now_us = is_late ? (1000 + stall_ms) * kMs : at_us;
      for (; next < packets.size() && packets[next].at_us <= now_us; ++next) {
        read_us = std::max(
            {packets[next].at_us, read_us, is_late ? now_us : int64_t{0}});
        receiver.Push(packets[next].bytes, read_us);
      }
      receiver.Pull(now_us, pcm);
    }
    CHECK(receiver.ReadCounters().host_stalls == (stall_ms > 100 ? 1 : 0));
    if (stall_ms != 50) CHECK(receiver.ReadCounters().jitter_ticks_q4 == 0);
  }
}

}  // namespace
}  // namespace earshot
