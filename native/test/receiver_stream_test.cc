// The life of a stream: wraps, restarts, strays, the caller's memory and time.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "allocation_counter.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// Loss, jitter and duplicates, the same for every talk of this length.
std::vector<SentPacket> ThroughBadNetwork(const std::vector<SentPacket>& sent,
                                          uint64_t seed) {
  Random random(seed);
  std::vector<SentPacket> arrived;
  for (SentPacket packet : sent) {
    packet.at_us += static_cast<int64_t>(random.Below(90 * kMs));
    const uint64_t fate = random.Below(100);
    if (fate < 10 && !arrived.empty()) continue;
    arrived.push_back(packet);
    if (fate >= 95) arrived.push_back({packet.at_us + 5 * kMs, packet.bytes});
  }
  return arrived;
}

TEST_CASE("where numbers start, and when, changes nothing") {
  constexpr uint64_t kSeed = 11;
  Talk talk;
  talk.frames = 300;
  talk.fec = true;
  const auto reference =
      Listen(ReceiverConfig(), ThroughBadNetwork(Encode(talk), kSeed));

  for (const uint16_t sequence_number : {0, 1, 32767, 65300, 65534, 65535}) {
    for (const uint32_t timestamp : {0u, 0x7fffff00u, 0xfffff000u}) {
      CAPTURE(sequence_number);
      CAPTURE(timestamp);
      talk.first_sequence_number = sequence_number;
      talk.first_timestamp = timestamp;
      CHECK(Listen(ReceiverConfig(), ThroughBadNetwork(Encode(talk), kSeed)) ==
            reference);
    }
  }

  constexpr int64_t kLaterUs = 86'400'123'457;
  auto later = ThroughBadNetwork(Encode(talk), kSeed);
  for (SentPacket& packet : later) packet.at_us += kLaterUs;
  auto heard = Listen(ReceiverConfig(), later);
  for (HeardFrame& frame : heard) frame.at_us -= kLaterUs;
  CHECK(heard == reference);
}

TEST_CASE("a new SSRC goes on with the same timeline and loses no packet") {
  Talk second;
  second.ssrc = 0x9999;
  second.first_sequence_number = 40'000;
  second.first_timestamp = 77;
  auto packets = Encode({});
  for (SentPacket packet : Encode(second)) {
    packet.at_us += 2000 * kMs;
    packets.push_back(std::move(packet));
  }
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kReceived) == 200 * 20 * kTicksPerMs);
  CHECK(receiver.ReadCounters().restarts == 1);
}

TEST_CASE("strays, other payload types and rubbish are counted and ignored") {
  auto packets = Encode({});
  const auto clean = Listen(ReceiverConfig(), packets);
  Talk stray;
  stray.frames = 1;
  stray.ssrc = 0x6666;
  Talk far_future;
  far_future.frames = 1;
  far_future.first_sequence_number = 20'000;
  Talk telephone_event;
  telephone_event.frames = 2;
  telephone_event.payload_type = 101;
  for (const Talk& talk : {stray, far_future, telephone_event}) {
    for (SentPacket packet : Encode(talk)) {
      packet.at_us += 777 * kMs;
      packets.push_back(std::move(packet));
    }
  }
  packets.push_back({500 * kMs, {1, 2, 3}});
  packets.push_back({501 * kMs, {}});

  Receiver receiver{ReceiverConfig()};
  CHECK(Listen(receiver, packets) == clean);
  const Counters& counters = receiver.ReadCounters();
  CHECK(counters.packets_on_probation == 2);
  CHECK(counters.packets_other_payload == 2);
  CHECK(counters.packets_malformed == 2);
  CHECK(counters.packets_received == 100);
}

TEST_CASE("a change of frame size leaves no gap") {
  auto packets = Encode({});
  Talk longer;
  longer.frames = 30;
  longer.frame_ms = 60;
  longer.first_sequence_number = 1100;
  longer.first_timestamp = 160'000 + 100 * 960;
  for (SentPacket packet : Encode(longer)) {
    packet.at_us += 2000 * kMs;
    packets.push_back(std::move(packet));
  }
  const auto heard = Listen(ReceiverConfig(), packets);
  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kReceived) ==
        (100 * 20 + 30 * 60) * kTicksPerMs);
}

TEST_CASE("small memory of the caller only means more polls") {
  constexpr uint64_t kSeed = 3;
  const auto packets = ThroughBadNetwork(Encode({.frames = 200}), kSeed);
  Receiver small{ReceiverConfig()};
  std::vector<HeardFrame> heard;
  std::vector<int16_t> pcm(16 * 120);
  std::array<Frame, 1> frames;
  int64_t wake_us = 0;
  const auto poll = [&](int64_t at_us) {
    while (small.Poll(at_us, pcm, frames) > 0) {
      const auto samples =
          std::span(pcm).first(static_cast<size_t>(frames[0].sample_count));
      heard.push_back({at_us, frames[0], {samples.begin(), samples.end()}});
    }
  };
  auto in_order = packets;
  std::stable_sort(
      in_order.begin(), in_order.end(),
      [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  for (const SentPacket& packet : in_order) {
    while ((wake_us = small.NextWakeupUs()) != kNever &&
           wake_us < packet.at_us) {
      poll(wake_us);
    }
    small.Push(packet.bytes, packet.at_us);
    poll(packet.at_us);
  }
  small.End();
  poll(in_order.back().at_us);

  CHECK(heard == Listen(ReceiverConfig(), packets));
}

TEST_CASE("frames that did not fit are still due") {
  const auto packets = Encode({.frames = 10});
  Receiver receiver{ReceiverConfig()};
  for (const SentPacket& packet : packets) {
    receiver.Push(packet.bytes, packet.at_us);
  }
  const int64_t now_us = packets.back().at_us;
  std::vector<int16_t> pcm(16 * 120);
  std::array<Frame, 1> frames;
  for (int i = 0; i < 9; ++i) {
    REQUIRE(receiver.Poll(now_us, pcm, frames) == 1);
    CHECK(receiver.NextWakeupUs() == now_us);
  }
  REQUIRE(receiver.Poll(now_us, pcm, frames) == 1);
  CHECK(receiver.NextWakeupUs() > now_us);
}

TEST_CASE("a host that polls late loses nothing that had arrived") {
  const auto packets = Encode({});
  Receiver receiver{ReceiverConfig()};
  std::vector<HeardFrame> heard;
  for (const SentPacket& packet : packets) {
    receiver.Push(packet.bytes, packet.at_us);
  }
  PollInto(receiver, packets.back().at_us, heard);

  CHECK(JoinPcm(heard) == DecodePlainly(packets, 16000));
  CHECK(receiver.ReadCounters().deadline_misses > 0);
}

TEST_CASE("time that goes back is held and counted") {
  const auto packets = Encode({});
  Receiver receiver{ReceiverConfig()};
  std::vector<HeardFrame> heard;
  for (const SentPacket& packet : packets) {
    receiver.Push(packet.bytes, packet.at_us);
    PollInto(receiver, packet.at_us, heard);
    PollInto(receiver, packet.at_us - 500 * kMs, heard);
  }
  CHECK(JoinPcm(heard) == DecodePlainly(packets, 16000));
  CHECK(receiver.ReadCounters().clock_went_back == 100);
}

TEST_CASE("after it is made the engine allocates nothing") {
  constexpr uint64_t kSeed = 8;
  auto packets =
      ThroughBadNetwork(Encode({.frames = 2000, .fec = true}), kSeed);
  std::stable_sort(
      packets.begin(), packets.end(),
      [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  Receiver receiver{ReceiverConfig()};
  std::array<int16_t, 4 * 5760> pcm;
  std::array<Frame, 16> frames;

  const int64_t before = AllocationsSoFar().count;
  int64_t handed_out = 0;
  for (const SentPacket& packet : packets) {
    receiver.Push(packet.bytes, packet.at_us);
    while (const int count = receiver.Poll(packet.at_us, pcm, frames)) {
      handed_out += count;
    }
  }
  CHECK(AllocationsSoFar().count == before);
  CHECK(handed_out > 1900);
}

}  // namespace
}  // namespace earshot
