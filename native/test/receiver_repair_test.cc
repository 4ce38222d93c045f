// Late packets heal the past: decoding again from a saved state.

#include <doctest/doctest.h>

#include <algorithm>

#include "libraries_under_test.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// With the libopus that is tested: the state of its decoder is what repairs
// build on.
ReceiverConfig Config() {
  ReceiverConfig config;
  config.library = LibraryUnderTest();
  return config;
}

// Every packet comes, but a few much too late, the last one on time.
std::vector<SentPacket> SomeLate(std::vector<SentPacket> packets, uint64_t seed,
                                 uint64_t late_percent, int64_t most_ms) {
  Random random(seed);
  const int64_t end_us = packets.back().at_us;
  for (size_t i = 1; i < packets.size(); ++i) {
    if (random.Below(100) >= late_percent) continue;
    packets[i].at_us += static_cast<int64_t>(
        random.Below(static_cast<uint64_t>(most_ms * kMs)));
    packets[i].at_us = std::min(packets[i].at_us, end_us);
  }
  return packets;
}

TEST_CASE("after the repairs a late-only stream equals the loss-free decode") {
  for (const int bitrate_bps : {16000, 24000, 32000, 64000}) {
    for (const bool fec : {false, true}) {
      for (uint64_t seed = 1; seed <= 5; ++seed) {
        CAPTURE(bitrate_bps);
        CAPTURE(fec);
        CAPTURE(seed);
        Talk talk;
        talk.frames = 300;
        talk.fec = fec;
        talk.bitrate_bps = bitrate_bps;
        const auto sent = Encode(talk);
        Receiver receiver{Config()};
        const auto heard = Listen(receiver, SomeLate(sent, seed, 3, 900));

        const auto repaired = ApplyRepairs(heard, 16000);
        CHECK(repaired.pcm == DecodePlainly(sent, 16000, LibraryUnderTest()));
        CHECK(repaired.TicksFrom(Provenance::kReceived) ==
              300 * 20 * kTicksPerMs);
        CHECK(TilesTheTimeline(heard));
        CHECK(receiver.ReadCounters().packets_unrepairable == 0);
      }
    }
  }
}

TEST_CASE("repairs hold for every frame size") {
  for (const int frame_ms : {10, 20, 40, 60}) {
    CAPTURE(frame_ms);
    Talk talk;
    talk.frames = 6000 / frame_ms;
    talk.frame_ms = frame_ms;
    const auto sent = Encode(talk);
    const auto heard = Listen(Config(), SomeLate(sent, 7, 3, 800));
    CHECK(ApplyRepairs(heard, 16000).pcm ==
          DecodePlainly(sent, 16000, LibraryUnderTest()));
  }
}

TEST_CASE("a released stall is repaired whole") {
  auto sent = Encode({.frames = 250});
  auto packets = sent;
  for (size_t i = 50; i < 95; ++i) packets[i].at_us = packets[95].at_us;
  Receiver receiver{Config()};
  const auto heard = Listen(receiver, packets);

  CHECK(ApplyRepairs(heard, 16000).pcm ==
        DecodePlainly(sent, 16000, LibraryUnderTest()));
  CHECK(receiver.ReadCounters().repairs == 1);
}

TEST_CASE("a repair comes ten milliseconds after its packet, with a version") {
  auto packets = Encode({});
  packets[50].at_us += 300 * kMs;
  const auto heard = Listen(Config(), packets);

  std::vector<HeardFrame> repairs;
  std::copy_if(heard.begin(), heard.end(), std::back_inserter(repairs),
               [](const HeardFrame& one) { return one.frame.version > 0; });
  REQUIRE_FALSE(repairs.empty());
  CHECK(repairs[0].at_us == packets[50].at_us + 10 * kMs);
  CHECK(repairs[0].frame.media_ticks == 1000 * kTicksPerMs);
  CHECK(repairs[0].frame.provenance == Provenance::kReceived);
  for (const HeardFrame& repair : repairs) CHECK(repair.frame.version == 1);
  // One lost frame spoils those after it until the decoder has converged.
  CHECK(repairs.size() > 2);
}

TEST_CASE("what is lost for good is not touched by repairs nearby") {
  const auto sent = Encode({.frames = 300});
  auto packets = Without(sent, {40, 41, 120});
  packets[60].at_us += 400 * kMs;
  packets[150].at_us += 400 * kMs;
  const auto heard = Listen(Config(), packets);
  const auto repaired = ApplyRepairs(heard, 16000);
  CHECK(repaired.TicksFrom(Provenance::kPlc) == 3 * 20 * kTicksPerMs);
}

TEST_CASE("a packet later than the window is counted and changes nothing") {
  auto packets = Encode({.frames = 200});
  packets[50].at_us += 1800 * kMs;
  Receiver receiver{Config()};
  const auto heard = Listen(receiver, packets);
  CHECK(receiver.ReadCounters().packets_unrepairable == 1);
  CHECK(receiver.ReadCounters().repairs == 0);
  for (const HeardFrame& frame : heard) CHECK(frame.frame.version == 0);
}

TEST_CASE("hostile lateness costs a bounded amount of decoding") {
  // Every second packet comes half a second late: each would decode 25 frames.
  auto packets = Encode({.frames = 2000});
  for (size_t i = 1; i < packets.size(); i += 2) packets[i].at_us += 500 * kMs;
  Receiver receiver{Config()};
  const auto heard = Listen(receiver, packets);
  int64_t repaired_ms = 0;
  for (const HeardFrame& frame : heard) {
    if (frame.frame.version > 0) {
      repaired_ms += frame.frame.duration_ticks / kTicksPerMs;
    }
  }
  // 40 s of call: the allowance of 8 s and 4 s a second.
  CHECK(repaired_ms <= 8'000 + 4 * 41'000);
  CHECK(TilesTheTimeline(heard));
}

TEST_CASE("small memory of the caller does not change a repair") {
  const auto packets = SomeLate(Encode({.frames = 200}), 5, 5, 700);
  auto in_order = packets;
  std::stable_sort(
      in_order.begin(), in_order.end(),
      [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  Receiver small{Config()};
  std::vector<HeardFrame> heard;
  std::vector<int16_t> pcm(16 * 120);
  std::array<Frame, 1> frames;
  const auto poll = [&](int64_t at_us) {
    while (small.Poll(at_us, pcm, frames) > 0) {
      const auto samples =
          std::span(pcm).first(static_cast<size_t>(frames[0].sample_count));
      heard.push_back({at_us, frames[0], {samples.begin(), samples.end()}});
    }
  };
  for (const SentPacket& packet : in_order) {
    for (int64_t at = small.NextWakeupUs(); at != kNever && at < packet.at_us;
         at = small.NextWakeupUs()) {
      poll(at);
    }
    small.Push(packet.bytes, packet.at_us);
    poll(packet.at_us);
  }
  small.End();
  poll(in_order.back().at_us);
  CHECK(heard == Listen(Config(), packets));
}

}  // namespace
}  // namespace earshot
