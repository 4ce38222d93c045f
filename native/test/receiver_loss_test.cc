// Loss, reordering and duplication: what comes out of the whole engine.

#include <doctest/doctest.h>

#include <algorithm>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

std::vector<SentPacket> Delayed(std::vector<SentPacket> packets, size_t place,
                                int64_t delay_ms) {
  packets[place].at_us += delay_ms * kMs;
  return packets;
}

const HeardFrame& FrameAt(const std::vector<HeardFrame>& heard,
                          int64_t media_ms) {
  for (const HeardFrame& frame : heard) {
    if (frame.frame.media_ticks == media_ms * kTicksPerMs) return frame;
  }
  FAIL("no frame at ", media_ms, " ms");
  return heard.front();
}

TEST_CASE("a loss-free stream equals plain sequential decoding at every rate") {
  const auto packets = Encode({});
  for (const int rate_hz : {8000, 12000, 16000, 24000, 48000}) {
    CAPTURE(rate_hz);
    ReceiverConfig config;
    config.sample_rate_hz = rate_hz;
    const auto heard = Listen(config, packets);
    CHECK(JoinPcm(heard) == DecodePlainly(packets, rate_hz));
    CHECK(TilesTheTimeline(heard));
  }
}

TEST_CASE("any order of arrival within the deadline gives the same samples") {
  const auto sent = Encode({});
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    auto packets = sent;
    for (size_t i = 1; i < packets.size(); ++i) {
      packets[i].at_us += static_cast<int64_t>(random.Below(149 * kMs));
    }
    const auto heard = Listen(ReceiverConfig(), packets);
    CHECK(JoinPcm(heard) == DecodePlainly(sent, 16000));
    CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
  }
}

TEST_CASE("frames in order are handed out in the poll of their arrival") {
  const auto packets = Encode({});
  const auto heard = Listen(ReceiverConfig(), packets);
  REQUIRE(heard.size() == packets.size());
  for (size_t i = 0; i < heard.size(); ++i) {
    CHECK(heard[i].at_us == packets[i].at_us);
    CHECK(heard[i].frame.latency_us == 0);
  }
}

TEST_CASE("without a copy a lost frame is concealed at its deadline exactly") {
  const auto heard = Listen(ReceiverConfig(), Without(Encode({}), {50}));

  const HeardFrame& lost = FrameAt(heard, 1000);
  CHECK(lost.frame.provenance == Provenance::kPlc);
  CHECK(lost.frame.latency_us == 150 * kMs);
  // Everything that waited behind it comes in the same poll.
  CHECK(FrameAt(heard, 1020).at_us == lost.at_us);
  CHECK(FrameAt(heard, 1140).at_us == lost.at_us);
  CHECK(FrameAt(heard, 1160).frame.latency_us == 0);
  CHECK(TicksFrom(heard, Provenance::kPlc) == 20 * kTicksPerMs);
  CHECK(TilesTheTimeline(heard));
}

TEST_CASE("a lost frame is taken from the copy in the next packet") {
  Talk talk;
  talk.fec = true;
  const auto sent = Encode(talk);
  const size_t place = PlaceBeforeCopy(sent, 1);
  const auto heard = Listen(ReceiverConfig(), Without(sent, {place}));

  const HeardFrame& lost = FrameAt(heard, static_cast<int64_t>(20 * place));
  CHECK(lost.frame.provenance == Provenance::kFec);
  CHECK(lost.frame.latency_us == 20 * kMs);  // When the copy came.
  CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
}

TEST_CASE("of a burst the last frame is taken from the copy") {
  for (const int frame_ms : {10, 20, 60}) {
    CAPTURE(frame_ms);
    Talk talk;
    talk.fec = true;
    talk.frame_ms = frame_ms;
    const auto sent = Encode(talk);
    const size_t place = PlaceBeforeCopy(sent, 3);
    const auto heard =
        Listen(ReceiverConfig(), Without(sent, {place, place + 1, place + 2}));
    CHECK(TicksFrom(heard, Provenance::kPlc) == 2 * frame_ms * kTicksPerMs);
    CHECK(TicksFrom(heard, Provenance::kFec) == frame_ms * kTicksPerMs);
    CHECK(TilesTheTimeline(heard));
  }
}

TEST_CASE("a packet that comes before its deadline is waited for") {
  const auto sent = Encode({});
  for (const int64_t delay_ms : {1, 40, 149}) {
    const auto heard = Listen(ReceiverConfig(), Delayed(sent, 50, delay_ms));
    CHECK(FrameAt(heard, 1000).frame.provenance == Provenance::kReceived);
    CHECK(FrameAt(heard, 1000).frame.latency_us == delay_ms * kMs);
  }
}

TEST_CASE(
    "a packet that comes after its deadline is counted late, not played") {
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, Delayed(Encode({}), 50, 300));

  CHECK(FrameAt(heard, 1000).frame.provenance == Provenance::kPlc);
  CHECK(TilesTheTimeline(heard));
  const Counters& counters = receiver.ReadCounters();
  CHECK(counters.packets_late == 1);
  CHECK(counters.packets_reordered == 1);
  CHECK(counters.packets_lost == 0);
  CHECK(counters.deadline_misses == 0);
}

TEST_CASE("a path that turns out shorter makes nothing late afterwards") {
  // From packet 50 on the path is 160 ms longer, and is taken for what it is.
  // Packet 140 is missing and waited for when packet 152 comes by the old path:
  // by that one, what waits was due 70 ms ago.
  std::vector<SentPacket> packets = Encode({.frames = 200});
  const int64_t best_us = packets[140].at_us;
  for (size_t i = 50; i < 145; ++i) packets[i].at_us += 160 * kMs;
  packets.erase(packets.begin() + 145, packets.begin() + 152);
  packets.erase(packets.begin() + 140);
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(FrameAt(heard, 2800).at_us - best_us > 200 * kMs);
  CHECK(FrameAt(heard, 2800).frame.latency_us <= 150 * kMs);
  CHECK(receiver.ReadCounters().path_shifts > 0);
  CHECK(receiver.ReadCounters().deadline_misses == 0);
}

TEST_CASE("what is overdue behind a late packet is no miss of the host's") {
  // An outage longer than what is made up at the tail, then one packet 400 ms
  // late: by the line 250 ms of what should have come behind it are due.
  auto packets = Encode({.frames = 200});
  packets[111].at_us += 400 * kMs;
  packets.erase(packets.begin() + 112, packets.begin() + 150);
  packets.erase(packets.begin() + 50, packets.begin() + 111);
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(FrameAt(heard, 2220).frame.latency_us == 400 * kMs);
  CHECK(FrameAt(heard, 2240).frame.provenance == Provenance::kPlc);
  CHECK(FrameAt(heard, 2240).frame.latency_us == 380 * kMs);
  CHECK(receiver.ReadCounters().deadline_misses == 0);
}

TEST_CASE("a late packet that shortens the frames behind it is no miss") {
  // A sender of 60 ms changes to 20 ms; the first such packet comes when its
  // time has been made up, and two frames of the next 60 ms are due.
  auto packets = Encode({.frames = 20, .frame_ms = 60});
  Talk shorter = {.frames = 50};
  shorter.first_sequence_number = 1020;
  shorter.first_timestamp = 160'000 + 20 * 60 * 48;
  auto last = Encode(shorter);
  for (SentPacket& packet : last) packet.at_us += 20 * 60 * kMs;
  last[0].at_us += 290 * kMs;
  packets.push_back(last[0]);
  packets.insert(packets.end(), last.begin() + 30, last.end());
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(receiver.ReadCounters().packets_late == 1);
  CHECK(FrameAt(heard, 20 * 60 + 120).frame.duration_ticks == 20 * kTicksPerMs);
  CHECK(FrameAt(heard, 20 * 60 + 120).frame.latency_us > 160 * kMs);
  CHECK(receiver.ReadCounters().deadline_misses == 0);
}

TEST_CASE("no frame is ever later than its deadline, whatever is lost") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Talk talk;
    talk.frames = 200;
    talk.fec = seed % 2 == 0;
    talk.frame_ms = seed % 3 == 0 ? 60 : 20;
    std::vector<SentPacket> packets;
    for (SentPacket& packet : Encode(talk)) {
      packet.at_us += static_cast<int64_t>(random.Below(60 * kMs));
      if (packets.empty() || random.Below(100) >= 20) packets.push_back(packet);
    }
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    for (const HeardFrame& frame : heard) {
      if (frame.frame.version > 0) continue;
      REQUIRE(frame.frame.latency_us <= 150 * kMs);
    }
    CHECK(receiver.ReadCounters().deadline_misses == 0);
  }
}

TEST_CASE("duplicates change counters and nothing else") {
  const auto once = Encode({});
  auto thrice = once;
  for (const SentPacket& packet : once) {
    thrice.push_back({packet.at_us + 3 * kMs, packet.bytes});
    thrice.push_back({packet.at_us + 95 * kMs, packet.bytes});
  }
  Receiver receiver{ReceiverConfig()};
  CHECK(Listen(receiver, thrice) == Listen(ReceiverConfig(), once));
  CHECK(receiver.ReadCounters().packets_duplicate == 200);
  CHECK(receiver.ReadCounters().packets_conflicting == 0);
  CHECK(receiver.ReadCounters().packets_received == 100);
}

TEST_CASE("one second without packets is one gap, all of it accounted for") {
  std::vector<size_t> outage;
  for (size_t i = 40; i < 90; ++i) outage.push_back(i);
  Talk talk;
  talk.frames = 150;
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, Without(Encode(talk), outage));

  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kPlc) == 1000 * kTicksPerMs);
  CHECK(receiver.ReadCounters().concealment_events == 1);
  CHECK(receiver.ReadCounters().packets_lost == 50);
}

TEST_CASE("a longer outage than the limit is jumped over and said so") {
  std::vector<size_t> outage;
  for (size_t i = 40; i < 290; ++i) outage.push_back(i);
  Talk talk;
  talk.frames = 350;
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, Without(Encode(talk), outage));

  CHECK(receiver.ReadCounters().discontinuities == 1);
  CHECK_FALSE(TilesTheTimeline(heard));
  CHECK(heard.back().frame.media_ticks == 349 * 20 * kTicksPerMs);
  CHECK(TicksFrom(heard, Provenance::kPlc) <= 1000 * kTicksPerMs);
}

TEST_CASE("a second's stall is concealed at the deadline, then caught up") {
  auto packets = Encode({.frames = 200});
  for (size_t i = 50; i < 100; ++i) packets[i].at_us = packets[100].at_us;
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(FrameAt(heard, 2040).frame.latency_us == 0);
  // 50 packets were held; those whose deadline had not passed are heard.
  CHECK(TicksFrom(heard, Provenance::kPlc) == (1020 - 160) * kTicksPerMs);
}

}  // namespace
}  // namespace earshot
