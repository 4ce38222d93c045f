// A sender that begins anew with numbers and timestamps of its own beginning,
// and packets that only look like it.

#include <doctest/doctest.h>

#include <algorithm>

#include "playout_call.h"
#include "red_writer.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int64_t kFrameTicks = 20 * kTicksPerMs;
constexpr int kFramesAfter = 150;

std::vector<SentPacket> Later(std::vector<SentPacket> packets, int64_t by_us) {
  for (SentPacket& packet : packets) packet.at_us += by_us;
  return packets;
}

void Append(std::vector<SentPacket>& packets, std::vector<SentPacket> more) {
  packets.insert(packets.end(), more.begin(), more.end());
}

// A call whose sender says `frames` frames, from `missed` on, and then begins
// again at 0, `times` times, with other words.
std::vector<SentPacket> BeginningAnew(int frames, int missed = 0,
                                      int times = 1) {
  Talk talk;
  talk.first_sequence_number = 0;
  talk.first_timestamp = 0;
  talk.frames = frames + times * kFramesAfter;
  const auto said = Encode(talk);
  std::vector<SentPacket> packets(said.begin() + missed, said.begin() + frames);
  // The words behind the first ones, under the numbers of the beginning.
  for (int i = 0; i < times * kFramesAfter; ++i) {
    SentPacket packet = said[static_cast<size_t>(frames + i)];
    const auto& again = said[static_cast<size_t>(i % kFramesAfter)].bytes;
    std::copy_n(again.begin(), 12, packet.bytes.begin());
    packets.push_back(packet);
  }
  return packets;
}

TEST_CASE("a sender that steps back to its beginning loses nothing") {
  for (const int frames : {3, 50, 99, 120, 174, 299, 400, 511, 513, 700}) {
    for (const int missed : {0, 5}) {
      if (missed > 0 && frames < 60) continue;
      CAPTURE(frames);
      CAPTURE(missed);
      const auto packets = BeginningAnew(frames, missed);
      Receiver receiver{ReceiverConfig()};
      const auto heard = Listen(receiver, packets);
      CHECK(TilesTheTimeline(heard));
      CHECK(TicksFrom(heard, Provenance::kReceived) ==
            static_cast<int64_t>(packets.size()) * kFrameTicks);
      CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
      const Counters& counters = receiver.ReadCounters();
      CHECK(counters.restarts == 1);
      CHECK(counters.packets_received == static_cast<int64_t>(packets.size()));
      CHECK(counters.packets_duplicate == 0);
      CHECK(counters.packets_conflicting == 0);
      CHECK(counters.packets_on_probation == 0);
      CHECK(counters.packets_lost == 0);
    }
  }
}

TEST_CASE("playout waits for the packet that bears a step back out") {
  for (const int frames : {120, 174, 299, 400}) {
    CAPTURE(frames);
    const auto packets = BeginningAnew(frames, 5);
    Receiver receiver(PlayoutReceiver());
    const auto played = PlayOut(receiver, packets);
    CHECK(ConcealedSamples(played) <= 30 * 16);
    CHECK(receiver.ReadCounters().restarts == 1);
    CHECK(GreatestDelayUs(played, 0, packets.back().at_us) < 100 * kMs);
  }
}

TEST_CASE("it may step back again and again") {
  const auto packets = BeginningAnew(200, 5, 4);
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);
  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kReceived) ==
        static_cast<int64_t>(packets.size()) * kFrameTicks);
  CHECK(receiver.ReadCounters().restarts == 4);
}

TEST_CASE("what comes twice from before a step back is a duplicate") {
  for (const int frames : {50, 120, 174, 299, 400, 600}) {
    CAPTURE(frames);
    const auto packets = BeginningAnew(frames);
    const auto clean = Listen(ReceiverConfig(), packets);
    for (const int64_t later_ms : {50, 61, 205, 999}) {
      CAPTURE(later_ms);
      auto twice = packets;
      for (int i = frames - 7; i < frames; ++i) {
        twice.push_back(
            {packets[static_cast<size_t>(frames)].at_us + later_ms * kMs + i,
             packets[static_cast<size_t>(i)].bytes});
      }
      Receiver receiver{ReceiverConfig()};
      CHECK(Listen(receiver, twice) == clean);
      CHECK(receiver.ReadCounters().restarts == 1);
      CHECK(receiver.ReadCounters().packets_duplicate == 7);
    }
  }
}

TEST_CASE("a step back is found behind loss and jitter") {
  Random random(11);
  for (int run = 0; run < 20; ++run) {
    CAPTURE(run);
    auto packets = BeginningAnew(174, 5);
    size_t lost = 0;
    std::erase_if(packets, [&](const SentPacket& packet) {
      const bool is_lost = packet.at_us > 100 * kMs && random.Below(100) < 5;
      lost += is_lost ? 1 : 0;
      return is_lost;
    });
    for (SentPacket& packet : packets) {
      packet.at_us += static_cast<int64_t>(random.Below(15)) * kMs;
    }
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    CHECK(receiver.ReadCounters().restarts == 1);
    // A lost packet at the very restart can cost two more.
    CHECK(TicksFrom(heard, Provenance::kReceived) >=
          static_cast<int64_t>(packets.size() - 4) * kFrameTicks);
  }
}

TEST_CASE("duplicates in sequence are duplicates, however old and many") {
  const auto sent = Encode({.frames = 500});
  const auto clean = Listen(ReceiverConfig(), sent);
  for (const size_t back : {30u, 120u, 174u, 299u, 400u}) {
    for (const int64_t spacing_us : {int64_t{0}, kMs, 20 * kMs}) {
      CAPTURE(back);
      CAPTURE(spacing_us);
      auto packets = sent;
      for (size_t i = 0; i < 25; ++i) {
        const int64_t at_us =
            sent[450].at_us + kMs + static_cast<int64_t>(i) * spacing_us;
        packets.push_back({at_us, sent[450 - back + i].bytes});
      }
      Receiver receiver{ReceiverConfig()};
      CHECK(Listen(receiver, packets) == clean);
      const Counters& counters = receiver.ReadCounters();
      CHECK(counters.restarts == 0);
      CHECK(counters.packets_duplicate == 25);
      CHECK(counters.packets_conflicting == 0);
    }
  }
}

TEST_CASE("a replay of all that was said is not said again") {
  const auto sent = Encode({.frames = 300});
  auto packets = sent;
  Append(packets, Later(sent, 300 * 20 * kMs));
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);
  CHECK(TicksFrom(heard, Provenance::kReceived) == 300 * kFrameTicks);
  CHECK(receiver.ReadCounters().restarts == 0);
  CHECK(receiver.ReadCounters().packets_duplicate == 300);
}

TEST_CASE("lost packets that come seconds late, in sequence, are late") {
  const auto sent = Encode({.frames = 500});
  for (const size_t back : {60u, 120u, 299u, 400u}) {
    CAPTURE(back);
    std::vector<SentPacket> packets;
    for (size_t i = 0; i < sent.size(); ++i) {
      const bool is_late = i >= 450 - back && i < 470 - back;
      packets.push_back(sent[i]);
      if (is_late) {
        packets.back().at_us = sent[450].at_us + static_cast<int64_t>(i);
      }
    }
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    const Counters& counters = receiver.ReadCounters();
    CHECK(counters.restarts == 0);
    CHECK(counters.packets_received == 500);
    CHECK(counters.packets_late == 20);
  }
}

TEST_CASE("packets sent before the first one that came heal, or are strays") {
  const auto sent = Encode({.frames = 200});
  std::vector<SentPacket> packets(sent.begin() + 10, sent.end());
  // The first of them half a second late, another one three seconds.
  packets.push_back({500 * kMs, sent[8].bytes});
  packets.push_back({3000 * kMs, sent[9].bytes});
  Receiver receiver{ReceiverConfig()};
  Listen(receiver, packets);
  const Counters& counters = receiver.ReadCounters();
  CHECK(counters.restarts == 0);
  CHECK(counters.packets_received == 191);
  CHECK(counters.packets_on_probation == 1);
}

}  // namespace
}  // namespace earshot
