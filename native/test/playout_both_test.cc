// One stream, two readers: a recognizer and a listener.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "playout_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

ReceiverConfig ForBoth() {
  ReceiverConfig config;
  config.readers = Readers::kBoth;
  return config;
}

std::vector<SentPacket> BadCall(int frames, uint64_t seed, int64_t jitter_ms) {
  Talk talk;
  talk.frames = frames;
  talk.fec = true;
  auto packets = Jittered(Encode(talk), jitter_ms * kMs, seed);
  Random random(seed);
  std::vector<size_t> lost;
  for (size_t i = 20; i < packets.size(); ++i) {
    if (random.Below(100) < 7) lost.push_back(i);
  }
  return Without(std::move(packets), lost);
}

TEST_CASE("beside a listener a recognizer gets the whole timeline") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    std::vector<HeardFrame> heard;
    Receiver receiver(ForBoth());
    PlayOut(receiver, BadCall(600, seed, 60),
            {.first_pull_us = static_cast<int64_t>(seed) * 1'600,
             .tail_us = 300 * kMs,
             .recognized = &heard});
    CHECK(TilesTheTimeline(heard));
    CHECK(receiver.ReadCounters().frames_dropped == 0);
    const int64_t handed_out =
        heard.empty() ? 0 : heard.back().frame.media_ticks;
    CHECK(handed_out >= 590 * 960);
    for (const HeardFrame& frame : heard) {
      if (frame.frame.version > 0) continue;
      REQUIRE(frame.frame.latency_us <= 160 * kMs);
    }
  }
}

TEST_CASE("in the end a recognizer has every late packet, bit by bit") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const auto sent = Encode({.frames = 400});
    auto late = Jittered(sent, 30 * kMs, seed);
    Random random(seed);
    for (size_t i = 20; i + 60 < late.size(); ++i) {
      if (random.Below(15) == 0) {
        late[i].at_us += static_cast<int64_t>(random.Below(600)) * kMs;
      }
    }
    std::vector<HeardFrame> heard;
    PlayOut(ForBoth(), late,
            {.first_pull_us = static_cast<int64_t>(seed) * 1'600,
             .tail_us = 200 * kMs,
             .recognized = &heard});
    auto pcm = ApplyRepairs(heard, 16000).pcm;
    const auto decoded = DecodePlainly(sent, 16000);
    REQUIRE(pcm.size() >= decoded.size());
    pcm.resize(decoded.size());
    CHECK(pcm == decoded);
  }
}

TEST_CASE("without a hole to fill, whether it is polled changes no sample") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const auto packets =
        InOrder(Jittered(Encode({.frames = 500}), 40 * kMs, seed));
    std::vector<HeardFrame> heard;
    const auto polled = PlayOut(ForBoth(), packets, {.recognized = &heard});
    const auto unpolled = PlayOut(ForBoth(), packets);
    const auto alone = PlayOut(PlayoutReceiver(), packets);
    CHECK(polled == unpolled);
    CHECK(unpolled == alone);
  }
}

TEST_CASE("a recognizer that decides at holes earlier costs no audio") {
  int64_t concealed = 0;
  int64_t concealed_alone = 0;
  for (uint64_t seed = 1; seed <= 16; ++seed) {
    CAPTURE(seed);
    const auto packets = BadCall(500, seed, 60);
    std::vector<HeardFrame> heard;
    const auto polled = PlayOut(ForBoth(), packets, {.recognized = &heard});
    const auto alone = PlayOut(PlayoutReceiver(), packets);
    concealed += ConcealedSamples(polled);
    concealed_alone += ConcealedSamples(alone);
    CHECK(std::llabs(MeanDelayUs(polled, 0, INT64_MAX) -
                     MeanDelayUs(alone, 0, INT64_MAX)) <= 2 * kMs);
  }
  CHECK(concealed <= concealed_alone);
}

TEST_CASE("frames that are never polled go, oldest first, and are counted") {
  Receiver receiver(ForBoth());
  const auto packets = Encode({.frames = 1000});
  const auto played = PlayOut(receiver, packets);
  CHECK(ConcealedSamples(played) == 0);
  CHECK(std::count_if(played.begin(), played.end(), IsSpeech) > 1'990);
  const int64_t dropped = receiver.ReadCounters().frames_dropped;
  CHECK(dropped > 900);

  std::vector<HeardFrame> heard;
  PollInto(receiver, packets.back().at_us, heard);
  CHECK(static_cast<int64_t>(heard.size()) == 1000 - dropped);
  for (size_t i = 0; i < heard.size(); ++i) {
    CHECK(heard[i].frame.media_ticks ==
          (dropped + static_cast<int64_t>(i)) * 960);
  }
  const auto decoded = DecodePlainly(packets, 16000);
  const auto last = JoinPcm(heard);
  CHECK(std::equal(last.begin(), last.end(),
                   decoded.end() - static_cast<ptrdiff_t>(last.size())));
}

TEST_CASE("without a listener the recognizer gets what it would get alone") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const auto packets = BadCall(400, seed, 90);
    CHECK(Listen(ForBoth(), packets) == Listen(ReceiverConfig(), packets));
  }
}

TEST_CASE("the listener hears late audio although the recognizer went on") {
  auto packets = Encode({.frames = 400});
  for (size_t i = 200; i < 220; ++i) packets[i].at_us = packets[220].at_us;
  std::vector<HeardFrame> heard;
  const auto played = PlayOut(ForBoth(), packets, {.recognized = &heard});
  CHECK(TicksFrom(heard, Provenance::kPlc) > 0);  // At the deadline.
  int64_t real = 0;
  for (const PlayedBlock& one : played) {
    if (IsSpeech(one) && one.block.media_ticks >= 4'000 * kTicksPerMs &&
        one.block.media_ticks < 4'400 * kTicksPerMs) {
      real += 10;
    }
  }
  CHECK(real >= 200);
}

}  // namespace
}  // namespace earshot
