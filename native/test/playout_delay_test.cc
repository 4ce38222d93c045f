// The delay that playout takes on, and how it leaves it again.

#include <doctest/doctest.h>

#include <algorithm>

#include "playout_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// From packet `from` on everything takes that much longer (or less).
std::vector<SentPacket> Stepped(std::vector<SentPacket> packets, size_t from,
                                int64_t step_ms) {
  for (size_t i = from; i < packets.size(); ++i) {
    packets[i].at_us += step_ms * kMs;
  }
  return packets;
}

// What was sent in the stall comes at its end.
std::vector<SentPacket> Stalled(std::vector<SentPacket> packets, size_t from,
                                int64_t stall_ms) {
  const int64_t until_us = packets[from].at_us + stall_ms * kMs;
  for (size_t i = from; i < packets.size(); ++i) {
    packets[i].at_us = std::max(packets[i].at_us, until_us);
  }
  return packets;
}

TEST_CASE("two seconds after a second's stall the delay is small again") {
  const auto sent = Encode({.frames = 500});
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    for (const int64_t max_ms : {1000, 400}) {
      CAPTURE(seed);
      CAPTURE(max_ms);
      ReceiverConfig config = PlayoutReceiver();
      config.max_delay_us = max_ms * kMs;
      const auto packets =
          InOrder(Stalled(Jittered(sent, 5 * kMs, seed), 200, 1000));
      const auto played =
          PlayOut(config, packets,
                  {.first_pull_us = static_cast<int64_t>(seed) * 1'600});
      const int64_t release_us = 5'020 * kMs;
      CHECK(GreatestDelayUs(played, release_us + 2'000 * kMs,
                            release_us + 5'000 * kMs) < 150 * kMs);
    }
  }
}

TEST_CASE("a spike that is over leaves no delay behind") {
  for (const int64_t spike_ms : {60, 150, 300}) {
    CAPTURE(spike_ms);
    const auto packets = Stalled(Encode({.frames = 750}), 300, spike_ms);
    const auto played = PlayOut(PlayoutReceiver(), packets);
    const int64_t release_us = (6'020 + spike_ms) * kMs;
    CHECK(GreatestDelayUs(played, release_us + 1'500 * kMs,
                          release_us + 8'000 * kMs) <= 40 * kMs);
    CHECK(played.back().block.target_us <= 20 * kMs);
  }
}

TEST_CASE("a longer path is followed without overshoot") {
  const auto sent = Encode({.frames = 1500});
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    for (const int64_t jitter_ms : {0, 5, 20}) {
      CAPTURE(seed);
      CAPTURE(jitter_ms);
      const auto packets =
          InOrder(Stepped(Jittered(sent, jitter_ms * kMs, seed), 750, 200));
      const auto phase_us = static_cast<int64_t>(seed) * 2'400;
      const auto played =
          PlayOut(PlayoutReceiver(), packets, {.first_pull_us = phase_us});
      // Over the path, which the line finds out only after a while.
      const auto over_path_us = [](const PlayedBlock& one) {
        return one.at_us - one.block.media_ticks * 1000 / 48 - 20 * kMs;
      };
      int64_t greatest_us = 0;
      int64_t steady_us = 0;
      for (const PlayedBlock& one : played) {
        if (!IsSpeech(one)) continue;
        if (one.at_us >= 15'020 * kMs) {
          greatest_us = std::max(greatest_us, over_path_us(one));
        }
        if (one.at_us >= 26'000 * kMs) {
          steady_us = std::max(steady_us, over_path_us(one));
        }
      }
      CHECK(steady_us <= (200 + jitter_ms + 25) * kMs);
      CHECK(greatest_us <= steady_us + 20 * kMs);
    }
  }
}

TEST_CASE("a shorter path is followed at once") {
  for (const int64_t step_ms : {50, 100, 300}) {
    CAPTURE(step_ms);
    auto packets = Stepped(Encode({.frames = 1000}), 0, step_ms);
    packets = Stepped(std::move(packets), 500, -step_ms);
    const auto played = PlayOut(PlayoutReceiver(), InOrder(packets));
    CHECK(GreatestDelayUs(played, 12'000 * kMs, 20'000 * kMs) < 60 * kMs);
    CHECK(ConcealedSamples(played) == 0);
  }
}

TEST_CASE("no speech is ever played later than the greatest delay") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Talk talk;
    talk.frames = 1200;
    talk.frame_ms = seed % 3 == 2 ? 10 : 20;
    talk.fec = seed % 2 == 0;
    auto sent = Encode(talk);
    std::vector<SentPacket> packets;
    int64_t held_until_us = 0;
    const int64_t drift_ppm =
        seed < 6 ? 0 : 1'600 - 200 * static_cast<int64_t>(seed);
    for (size_t i = 0; i < sent.size(); ++i) {
      SentPacket packet = sent[i];
      packet.at_us += packet.at_us * drift_ppm / 1'000'000;
      if (i > 10) {
        // Holds of Wi-Fi, spikes, and a queue that grows and shrinks.
        if (random.Below(60) == 0) {
          held_until_us =
              packet.at_us + static_cast<int64_t>(random.Below(400)) * kMs;
        }
        packet.at_us += static_cast<int64_t>(
            random.Below(random.Below(30) == 0 ? 300'000 : 15'000));
        packet.at_us = std::max(packet.at_us, held_until_us);
        if (random.Below(100) < 5) continue;
      }
      packets.push_back(packet);
    }
    ReceiverConfig config = PlayoutReceiver();
    config.max_delay_us = 150 * kMs;
    const auto played = PlayOut(
        config, packets, {.first_pull_us = static_cast<int64_t>(seed) * 900});
    int64_t spoken = 0;
    for (const PlayedBlock& one : played) {
      if (!IsSpeech(one)) continue;
      ++spoken;
      REQUIRE(one.block.delay_us <= 150 * kMs);
      const int64_t said_us =
          one.block.media_ticks * 1000 / 48 + talk.frame_ms * kMs;
      if (drift_ppm == 0) REQUIRE(one.at_us - said_us <= 151 * kMs);
    }
    CHECK(spoken > 500);
  }
}

TEST_CASE("a queue that stays does not raise the greatest delay") {
  constexpr uint64_t kSeed = 3;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  std::vector<SentPacket> packets = Encode({.frames = 1500});
  int64_t held_until_us = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    int64_t& at_us = packets[i].at_us;
    if (i > 50 && random.Below(40) == 0) {
      held_until_us =
          at_us + static_cast<int64_t>(100 + random.Below(200)) * kMs;
    }
    // From the second second on the path is seldom at its best.
    at_us +=
        static_cast<int64_t>(random.Below(20'000)) + (i > 100 ? 20'000 : 0);
    at_us = std::max(at_us, held_until_us);
  }
  ReceiverConfig config = PlayoutReceiver();
  config.max_delay_us = 150 * kMs;
  int64_t late = 0;
  for (const PlayedBlock& one : PlayOut(config, packets)) {
    if (!IsSpeech(one)) continue;
    const int64_t said_us = one.block.media_ticks * 1000 / 48 + 20 * kMs;
    const int64_t delay_us = one.at_us - said_us;
    REQUIRE(delay_us <= 151 * kMs);
    late += delay_us > 120 * kMs ? 1 : 0;
  }
  CHECK(late > 0);  // The limit is met.
}

TEST_CASE("the least delay is kept where nothing asks for more") {
  for (const int64_t min_ms : {20, 100, 300}) {
    CAPTURE(min_ms);
    ReceiverConfig config = PlayoutReceiver();
    config.min_delay_us = min_ms * kMs;
    const auto played =
        PlayOut(config, Jittered(Encode({.frames = 1000}), 3 * kMs, 1));
    CHECK(MeanDelayUs(played, 5'000 * kMs, 20'000 * kMs) >= (min_ms - 2) * kMs);
    CHECK(MeanDelayUs(played, 5'000 * kMs, 20'000 * kMs) <=
          (min_ms + 12) * kMs);
  }
}

TEST_CASE("counters give the mean of the delay and of the target") {
  Receiver receiver(PlayoutReceiver());
  const auto packets = Jittered(Encode({.frames = 500}), 30 * kMs, 4);
  const auto played = PlayOut(receiver, packets);
  const PlayoutCounters counters = receiver.ReadPlayoutCounters();
  const int64_t mean_us = counters.delay_us_samples / counters.real_samples;
  CHECK(std::llabs(mean_us - MeanDelayUs(played, 0, INT64_MAX)) <= 1 * kMs);
  CHECK(counters.target_us_samples / counters.real_samples > 5 * kMs);

  int64_t blocks = 0;
  int64_t removed = 0;
  int64_t inserted = 0;
  for (const PlayedBlock& one : played) {
    blocks += one.block.is_playing ? 1 : 0;
    removed += one.block.removed_samples;
    inserted += one.block.inserted_samples;
  }
  CHECK(counters.played_samples == 160 * blocks);
  CHECK(counters.removed_samples == removed);
  CHECK(counters.inserted_samples == inserted);
  CHECK(counters.concealed_samples == ConcealedSamples(played));
  CHECK(counters.real_samples + counters.concealed_samples +
            counters.comfort_samples ==
        counters.played_samples);
}

}  // namespace
}  // namespace earshot
