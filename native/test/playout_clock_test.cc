// Playout of a clean stream, whatever the caller's clock does.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "playout_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// Whether what is played is the whole talk as it was spoken, but for its end,
// which the listener did not stay for.
bool PlaysAsSpoken(const std::vector<PlayedBlock>& played,
                   const std::vector<int16_t>& spoken) {
  const auto pcm = PlayedPcm(played);
  return pcm.size() > spoken.size() / 2 &&
         std::equal(pcm.begin(),
                    pcm.begin() + static_cast<ptrdiff_t>(
                                      std::min(pcm.size(), spoken.size())),
                    spoken.begin());
}

TEST_CASE("a clean stream is played as it is decoded, at every rate") {
  const auto packets = Encode({.frames = 250});
  for (const int rate_hz : {8000, 12000, 16000, 24000, 48000}) {
    for (const int64_t phase_us : {0, 400, 900}) {
      CAPTURE(rate_hz);
      CAPTURE(phase_us);
      ReceiverConfig config = PlayoutReceiver();
      config.sample_rate_hz = rate_hz;
      config.min_delay_us = 30 * kMs;  // Where it starts: no reason to change.
      const auto played = PlayOut(config, packets, {.first_pull_us = phase_us});
      CHECK(PlaysAsSpoken(played, DecodePlainly(packets, rate_hz)));
      CHECK(ConcealedSamples(played) == 0);
    }
  }
}

TEST_CASE("of a clean stream nothing is concealed and the delay is small") {
  const auto sent = Encode({.frames = 1000});
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const auto packets = Jittered(sent, 2 * kMs, seed);
    const auto phase_us = static_cast<int64_t>(1'500 * seed);
    const auto played =
        PlayOut(PlayoutReceiver(), packets, {.first_pull_us = phase_us});
    CHECK(ConcealedSamples(played) == 0);
    CHECK(MeanDelayUs(played, 5'000 * kMs, 20'000 * kMs) <= 15 * kMs);
    CHECK(GreatestDelayUs(played, 5'000 * kMs, 20'000 * kMs) <= 22 * kMs);
  }
}

TEST_CASE("a caller who is early and late changes nothing of what is played") {
  const auto packets = Encode({.frames = 500});
  ReceiverConfig config = PlayoutReceiver();
  config.min_delay_us = 30 * kMs;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const auto played =
        PlayOut(config, packets,
                {.first_pull_us = 1'500, .late_us = [&](int) {
                   return static_cast<int64_t>(random.Below(2'001)) - 1'000;
                 }});
    CHECK(PlaysAsSpoken(played, DecodePlainly(packets, 16000)));
  }
}

TEST_CASE("a caller who stalls and catches up plays everything as spoken") {
  const auto packets = Encode({.frames = 750});
  ReceiverConfig config = PlayoutReceiver();
  config.min_delay_us = 30 * kMs;
  for (const int stall_ticks : {3, 10, 30, 45}) {
    CAPTURE(stall_ticks);
    // Pulls that are due in the stall come all at once at its end.
    const auto late_us = [&](int i) {
      const int since = i % 400 - 300;
      return since >= 0 && since < stall_ticks
                 ? (stall_ticks - since) * 10 * kMs
                 : 0;
    };
    const auto played = PlayOut(config, packets, {.late_us = late_us});
    CHECK(PlaysAsSpoken(played, DecodePlainly(packets, 16000)));
    CHECK(played.back().block.delay_us <= 45 * kMs);
  }
}

TEST_CASE("what a caller never catches up does not stay as delay") {
  const auto packets = Encode({.frames = 1500});
  for (const int64_t stall_ms : {100, 300, 480, 2000}) {
    CAPTURE(stall_ms);
    const auto late_us = [&](int i) {
      return i < 500 ? 0 : i < 1000 ? stall_ms * kMs : 2 * stall_ms * kMs;
    };
    const auto played =
        PlayOut(PlayoutReceiver(), packets, {.late_us = late_us});
    for (const int64_t stall_at_ms : {int64_t{5000}, 10000 + stall_ms}) {
      const int64_t settled_us = (stall_at_ms + stall_ms + 4'000) * kMs;
      CHECK(GreatestDelayUs(played, settled_us, settled_us + 900 * kMs) <=
            40 * kMs);
    }
    CHECK(ConcealedSamples(played) == 0);
  }
}

TEST_CASE("the delay is what the caller's clock and the media say") {
  const auto packets = Encode({.frames = 500});
  const auto played =
      PlayOut(PlayoutReceiver(), packets, {.first_pull_us = 4'000});
  for (const PlayedBlock& one : played) {
    if (!one.block.is_playing) continue;
    const int64_t spoken_us = one.block.media_ticks * 1000 / 48;
    // The frame's end came 20 ms after its first sample was spoken.
    REQUIRE(std::llabs(one.block.delay_us - (one.at_us - spoken_us - 20'000)) <=
            50);
  }
}

TEST_CASE("the same calls give the same blocks, wherever numbers start") {
  Talk talk;
  talk.frames = 400;
  talk.fec = true;
  const auto through_network = [](const Talk& sent) {
    auto packets = Jittered(Encode(sent), 60 * kMs, 17);
    std::vector<size_t> lost;
    Random random(5);
    for (size_t i = 20; i < packets.size(); ++i) {
      if (random.Below(12) == 0) lost.push_back(i);
    }
    return Without(packets, lost);
  };
  const auto reference = PlayOut(PlayoutReceiver(), through_network(talk));
  CHECK(PlayOut(PlayoutReceiver(), through_network(talk)) == reference);

  for (const uint16_t sequence_number : {0, 65300, 65535}) {
    for (const uint32_t timestamp : {0u, 0x7fffff00u, 0xfffff000u}) {
      CAPTURE(sequence_number);
      CAPTURE(timestamp);
      talk.first_sequence_number = sequence_number;
      talk.first_timestamp = timestamp;
      CHECK(PlayOut(PlayoutReceiver(), through_network(talk)) == reference);
    }
  }

  constexpr int64_t kLaterUs = 86'400'123'457;
  auto later = through_network(talk);
  for (SentPacket& packet : later) packet.at_us += kLaterUs;
  auto played = PlayOut(PlayoutReceiver(), later, {.first_pull_us = kLaterUs});
  for (PlayedBlock& one : played) one.at_us -= kLaterUs;
  CHECK(played == reference);
}

}  // namespace
}  // namespace earshot
