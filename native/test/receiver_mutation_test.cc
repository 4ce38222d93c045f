// Hostile bytes: real packets, damaged in ten thousand seeded ways.

#include <doctest/doctest.h>

#include <algorithm>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int kMutations = 10'000;

// Flips, overwrites, cuts, grows or repeats; sometimes several at once.
void Mutate(Bytes& bytes, Random& random) {
  for (uint64_t times = 1 + random.Below(4); times > 0; --times) {
    if (bytes.empty()) return;
    const size_t at = random.Below(bytes.size());
    switch (random.Below(6)) {
      case 0:
        bytes[at] ^= static_cast<uint8_t>(1u << random.Below(8));
        break;
      case 1:
        bytes[at] = static_cast<uint8_t>(random.Next());
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(bytes.end(), random.Below(300),
                     static_cast<uint8_t>(random.Next()));
        break;
      case 4:  // The header's fields are where the decisions are.
        bytes[random.Below(std::min<size_t>(12, bytes.size()))] =
            static_cast<uint8_t>(random.Next());
        break;
      default:  // The TOC byte and the frame count behind it.
        if (bytes.size() > 13) {
          bytes[12 + random.Below(2)] = static_cast<uint8_t>(random.Next());
        }
    }
  }
}

TEST_CASE("damaged packets end in counters, and the stream goes on") {
  constexpr uint64_t kSeed = 20260123;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  Talk talk;
  talk.frames = 500;
  talk.fec = true;
  const auto packets = Encode(talk);

  int64_t pushed = 0;
  int64_t mutated = 0;
  Receiver receiver{ReceiverConfig()};
  std::vector<HeardFrame> heard;
  int64_t now_us = 0;
  while (mutated < kMutations) {
    for (const SentPacket& packet : packets) {
      now_us += 20'000 + static_cast<int64_t>(random.Below(5'000));
      Bytes bytes = packet.bytes;
      if (random.Below(2) == 0) {
        Mutate(bytes, random);
        ++mutated;
      }
      // A copy of exactly this size, so that the sanitizer sees every overrun.
      receiver.Push(Bytes(bytes), now_us);
      ++pushed;
      PollInto(receiver, now_us, heard);
      heard.clear();
    }
  }

  const Counters& counters = receiver.ReadCounters();
  CHECK(counters.packets_received + counters.packets_duplicate +
            counters.packets_malformed + counters.packets_other_payload +
            counters.packets_on_probation ==
        pushed);
  CHECK(counters.packets_malformed > 100);

  // After all that an undamaged talk comes through.
  talk.first_sequence_number = 30'000;
  for (SentPacket packet : Encode(talk)) {
    packet.at_us += now_us;
    receiver.Push(packet.bytes, packet.at_us);
    PollInto(receiver, packet.at_us, heard);
  }
  CHECK(TicksFrom(heard, Provenance::kReceived) >= 495 * 20 * kTicksPerMs);
}

TEST_CASE("a packet makes no more than the longest fill and its own frame") {
  constexpr uint64_t kSeed = 77;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  const auto packets = Encode({.frames = 400});
  Receiver receiver{ReceiverConfig()};
  int64_t now_us = 0;
  for (int i = 0; i < kMutations; ++i) {
    Bytes bytes = packets[random.Below(packets.size())].bytes;
    Mutate(bytes, random);
    now_us += static_cast<int64_t>(random.Below(30'000));
    receiver.Push(bytes, now_us);
    std::vector<HeardFrame> heard;
    PollInto(receiver, now_us, heard);
    int64_t ticks = 0;
    for (const HeardFrame& frame : heard) ticks += frame.frame.duration_ticks;
    // What waited behind a hole may come out at once: a deadline's worth and
    // the media that may run ahead, each at most the fill limit.
    REQUIRE(ticks <= 4 * 2000 * kTicksPerMs);
  }
}

}  // namespace
}  // namespace earshot
