// Beside a listener a recognizer gets what it would get alone: where it waits
// at a hole and playout cannot, playout reads on without it.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "playout_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int64_t kPullUs = 10 * kMs;
constexpr uint64_t kSeeds = 6;

struct Network {
  std::string name;
  int64_t jitter_us = 0;
  int lost_percent = 0;
  int late_percent = 0;  // Of packets that come later, by
  int64_t least_late_us = 0;
  int64_t most_late_us = 0;
  bool dtx = false;
  bool fec = true;
  int frame_ms = 20;
};

const std::vector<Network>& Networks() {
  static const std::vector<Network> networks = {
      {.name = "calm with loss", .jitter_us = 10 * kMs, .lost_percent = 7},
      {.name = "jittery with loss", .jitter_us = 60 * kMs, .lost_percent = 7},
      {.name = "very jittery", .jitter_us = 90 * kMs, .lost_percent = 7},
      {.name = "late without copies",
       .jitter_us = 30 * kMs,
       .late_percent = 5,
       .most_late_us = 400 * kMs,
       .fec = false},
      {.name = "sent again",
       .jitter_us = 30 * kMs,
       .late_percent = 4,
       .least_late_us = 60 * kMs,
       .most_late_us = 120 * kMs},
      {.name = "silence announced",
       .jitter_us = 30 * kMs,
       .lost_percent = 7,
       .dtx = true},
      {.name = "packets of 60 ms",
       .jitter_us = 80 * kMs,
       .lost_percent = 10,
       .frame_ms = 60},
      {.name = "packets of 10 ms",
       .jitter_us = 40 * kMs,
       .lost_percent = 10,
       .frame_ms = 10},
  };
  return networks;
}

std::vector<SentPacket> Said(const Network& network) {
  Talk talk;
  talk.frame_ms = network.frame_ms;
  talk.frames = 6'000 / network.frame_ms;
  talk.fec = network.fec;
  talk.dtx = network.dtx;
  if (network.dtx) talk.voiced = [](int frame) { return frame / 40 % 2 == 0; };
  return Encode(talk);
}

std::vector<SentPacket> Through(const Network& network,
                                const std::vector<SentPacket>& said,
                                uint64_t seed) {
  auto packets = Jittered(said, network.jitter_us, seed);
  Random random(seed);
  std::vector<size_t> lost;
  for (size_t i = 20; i < packets.size(); ++i) {
    const auto percent = static_cast<int>(random.Below(100));
    if (percent < network.lost_percent) {
      lost.push_back(i);
    } else if (percent < network.lost_percent + network.late_percent) {
      packets[i].at_us +=
          network.least_late_us +
          static_cast<int64_t>(random.Below(static_cast<uint64_t>(
              network.most_late_us - network.least_late_us)));
    }
  }
  packets = Without(std::move(packets), lost);
  std::stable_sort(packets.begin(), packets.end(),
                   [](const SentPacket& a, const SentPacket& b) {
                     return a.at_us < b.at_us;
                   });
  return packets;
}

// A host that polls at every packet and when it is asked to; beside a listener
// it pulls every 10 ms as well.
struct Served {
  std::vector<HeardFrame> heard;
  std::vector<PlayedBlock> played;
};

Served Serve(Receiver& receiver, const std::vector<SentPacket>& packets,
             int64_t first_pull_us) {
  Served served;
  std::array<int16_t, 160> pcm;
  int64_t pull_us = first_pull_us;
  size_t arrived = 0;
  const int64_t end_us = packets.back().at_us + 300 * kMs;
  for (;;) {
    const int64_t wakeup_us = receiver.NextWakeupUs();
    const int64_t arrival_us =
        arrived < packets.size() ? packets[arrived].at_us : INT64_MAX;
    const int64_t poll_us = wakeup_us == kNever ? INT64_MAX : wakeup_us;
    const int64_t at_us = std::min(
        {arrival_us, poll_us, first_pull_us == kNever ? INT64_MAX : pull_us});
    if (at_us > end_us) return served;
    if (at_us == arrival_us) {
      receiver.Push(packets[arrived++].bytes, at_us);
      PollInto(receiver, at_us, served.heard);
    } else if (at_us == poll_us) {
      PollInto(receiver, at_us, served.heard);
    } else {
      const PlayoutBlock block = receiver.Pull(at_us, pcm);
      served.played.push_back({at_us, block, {pcm.begin(), pcm.end()}});
      pull_us += kPullUs;
    }
  }
}

Receiver ReceiverFor(Readers readers) {
  ReceiverConfig config;
  config.readers = readers;
  return Receiver(config);
}

int64_t PhaseUs(uint64_t seed) {
  return static_cast<int64_t>(seed) * 1'700 % kPullUs;
}

TEST_CASE(
    "beside a listener a recognizer gets every frame that it gets alone") {
  for (const Network& network : Networks()) {
    CAPTURE(network.name);
    const auto said = Said(network);
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      CAPTURE(seed);
      const auto packets = Through(network, said, seed);
      Receiver alone = ReceiverFor(Readers::kRecognizer);
      Receiver both = ReceiverFor(Readers::kBoth);
      const auto heard_alone = Serve(alone, packets, kNever).heard;
      const auto heard = Serve(both, packets, PhaseUs(seed)).heard;
      REQUIRE(heard == heard_alone);
      CHECK(both.ReadCounters().repairs == alone.ReadCounters().repairs);
      CHECK(both.ReadCounters().deadline_misses ==
            alone.ReadCounters().deadline_misses);
    }
  }
}

TEST_CASE("a listener loses nothing by the recognizer beside him") {
  for (const Network& network : Networks()) {
    CAPTURE(network.name);
    const auto said = Said(network);
    int64_t concealed_alone = 0;
    int64_t concealed = 0;
    int64_t delay_alone_us = 0;
    int64_t delay_us = 0;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const auto packets = Through(network, said, seed);
      Receiver both = ReceiverFor(Readers::kBoth);
      const auto played = Serve(both, packets, PhaseUs(seed)).played;
      const auto played_alone =
          PlayOut(PlayoutReceiver(), packets,
                  {.first_pull_us = PhaseUs(seed), .tail_us = 300 * kMs});
      concealed += ConcealedSamples(played);
      concealed_alone += ConcealedSamples(played_alone);
      delay_us += MeanDelayUs(played, 0, INT64_MAX);
      delay_alone_us += MeanDelayUs(played_alone, 0, INT64_MAX);
    }
    CHECK(concealed * 100 <= concealed_alone * 101);
    CHECK(delay_us <= delay_alone_us + kSeeds * kMs / 2);
  }
}

TEST_CASE("playout reads on at a hole for which the recognizer waits") {
  // One packet comes 100 ms late on a path on which nothing else is: the
  // recognizer waits for it, playout conceals 20 ms of it and goes on.
  auto packets = Encode({.frames = 200});
  packets[100].at_us += 100 * kMs;
  std::stable_sort(packets.begin(), packets.end(),
                   [](const SentPacket& a, const SentPacket& b) {
                     return a.at_us < b.at_us;
                   });
  Receiver receiver = ReceiverFor(Readers::kBoth);
  const Served served = Serve(receiver, packets, 3 * kMs);
  CHECK(TicksFrom(served.heard, Provenance::kReceived) == 200 * 960);
  CHECK(receiver.ReadCounters().repairs == 0);
  int64_t concealed = 0;
  for (const PlayedBlock& one : served.played) {
    if (one.at_us < packets.back().at_us) {
      concealed += one.block.concealed_samples;
    }
  }
  CHECK(concealed >= 320);
  CHECK(concealed <= 320 + 80);
}

TEST_CASE("a gap too long to be filled is left to the recognizer") {
  auto packets = Encode({.frames = 400});
  packets.erase(packets.begin() + 100, packets.begin() + 260);
  Receiver alone = ReceiverFor(Readers::kRecognizer);
  Receiver both = ReceiverFor(Readers::kBoth);
  const auto heard = Serve(both, packets, 3 * kMs);
  CHECK(heard.heard == Serve(alone, packets, kNever).heard);
  CHECK(both.ReadCounters().discontinuities == 1);
  CHECK(IsSpeech(heard.played[heard.played.size() - 40]));
}

}  // namespace
}  // namespace earshot
