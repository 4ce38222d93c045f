// Where audio of different origin meets: no click, no gap.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "dsp/level.h"
#include "playout_call.h"
#include "speech.h"
#include "test_signals.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

struct Network {
  std::string name;
  int64_t jitter_ms = 0;
  int loss_percent = 0;
  int loss_run = 1;
  int stall_period = 0;  // In packets; 0: none.
  int64_t stall_ms = 0;
  int64_t max_delay_ms = 1000;
};

// What is left of the packets, sent on time.
std::vector<SentPacket> Lossy(const Network& network,
                              std::vector<SentPacket> packets, uint64_t seed) {
  Random random(seed);
  std::vector<size_t> lost;
  for (size_t i = 20; i + 5 < packets.size(); ++i) {
    if (random.Below(100) >= static_cast<uint64_t>(network.loss_percent)) {
      continue;
    }
    for (int k = 0; k < network.loss_run; ++k) lost.push_back(i++);
  }
  return Without(std::move(packets), lost);
}

std::vector<SentPacket> Late(const Network& network,
                             std::vector<SentPacket> packets, uint64_t seed) {
  packets = Jittered(std::move(packets), network.jitter_ms * kMs, seed);
  int64_t held_until_us = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    const int period = network.stall_period;
    if (period > 0 && i % static_cast<size_t>(period) == 40) {
      held_until_us = packets[i].at_us + network.stall_ms * kMs;
    }
    packets[i].at_us = std::max(packets[i].at_us, held_until_us);
  }
  return InOrder(packets);
}

const Network kNetworks[] = {
    {.name = "jitter", .jitter_ms = 40},
    {.name = "single losses", .jitter_ms = 3, .loss_percent = 8},
    {.name = "bursts", .jitter_ms = 10, .loss_percent = 4, .loss_run = 4},
    {.name = "stalls", .jitter_ms = 5, .stall_period = 90, .stall_ms = 170},
    {.name = "short stalls",
     .jitter_ms = 12,
     .stall_period = 35,
     .stall_ms = 45},
    {.name = "jumps",
     .jitter_ms = 5,
     .stall_period = 110,
     .stall_ms = 420,
     .max_delay_ms = 120},
};

// The size of what no voice does: a step that its neighbours do not lead up to.
// The largest second difference.
int SharpestBend(std::span<const int16_t> pcm) {
  int sharpest = 0;
  for (size_t i = 2; i < pcm.size(); ++i) {
    sharpest =
        std::max(sharpest, std::abs(pcm[i] - 2 * pcm[i - 1] + pcm[i - 2]));
  }
  return sharpest;
}

float LowestDb(std::span<const int16_t> pcm) {
  float lowest_db = 0;
  for (size_t at = 0; at + 160 < pcm.size(); at += 40) {
    lowest_db = std::min(lowest_db, LevelDb(pcm.subspan(at, 160)));
  }
  return lowest_db;
}

std::vector<int16_t> Play(const Network& network,
                          const std::vector<SentPacket>& packets,
                          uint64_t seed) {
  ReceiverConfig config = PlayoutReceiver();
  config.max_delay_us = network.max_delay_ms * kMs;
  return PlayedPcm(
      PlayOut(config, Late(network, packets, seed),
              {.first_pull_us = static_cast<int64_t>(seed) * 2'300}));
}

// Without its start, where the codec and the voice set in.
std::span<const int16_t> Steady(const std::vector<int16_t>& pcm) {
  return std::span(pcm).subspan(3200);
}

TEST_CASE("a voice is played with no click that the codec did not make") {
  Talk talk;
  talk.frames = 600;
  talk.bitrate_bps = 32'000;
  talk.recording = Voice(110, 16000, 600 * 320);
  const auto sent = Encode(talk);
  for (const Network& network : kNetworks) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(network.name);
      CAPTURE(seed);
      const auto packets = Lossy(network, sent, seed);
      // The same losses without jitter or time-stretch.
      const auto decoded = JoinPcm(Listen(ReceiverConfig(), packets));
      const auto played = Play(network, packets, seed);
      CHECK(LargestStep(Steady(played)) <=
            LargestStep(Steady(decoded)) * 4 / 3);
      CHECK(SharpestBend(Steady(played)) <=
            SharpestBend(Steady(decoded)) * 4 / 3);
      if (network.stall_ms < 100) {
        CHECK(LowestDb(Steady(played)) >= LowestDb(Steady(decoded)) - 4);
      }
    }
  }
}

TEST_CASE("speech is played with no click that the codec did not make") {
  Talk talk;
  talk.frames = 1500;
  talk.bitrate_bps = 32'000;
  talk.recording = Speech(0, 30'000);
  const auto sent = Encode(talk);
  for (const Network& network : kNetworks) {
    CAPTURE(network.name);
    constexpr uint64_t kSeed = 5;
    const auto packets = Lossy(network, sent, kSeed);
    const auto decoded = JoinPcm(Listen(ReceiverConfig(), packets));
    const auto played = Play(network, packets, kSeed);
    CHECK(LargestStep(played) <= LargestStep(decoded) * 5 / 4);
    CHECK(SharpestBend(played) <= SharpestBend(decoded) * 5 / 4);
  }
}

}  // namespace
}  // namespace earshot
