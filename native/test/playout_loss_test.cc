// Playout of a stream that loses packets, or brings them late or out of order.

#include <doctest/doctest.h>

#include <algorithm>

#include "playout_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int kSamplesPerMs = 16;

std::vector<size_t> EveryNth(size_t period, size_t run, size_t from,
                             size_t to) {
  std::vector<size_t> places;
  for (size_t i = from; i + run < to; i += period) {
    for (size_t k = 0; k < run; ++k) places.push_back(i + k);
  }
  return places;
}

// Packets that can be lost singly, a copy of each in the one behind it.
std::vector<size_t> BeforeCopies(const std::vector<SentPacket>& sent,
                                 size_t from, size_t period) {
  std::vector<size_t> places;
  for (size_t i = from; i + 20 < sent.size(); i += period) {
    const auto next = std::span(sent[i + 1].bytes).subspan(12);
    if (ParseOpusPacket(next)->has_lbrr) places.push_back(i);
  }
  return places;
}

int64_t SamplesFrom(const std::vector<PlayedBlock>& played,
                    Provenance provenance) {
  return 160 * std::count_if(played.begin(), played.end(),
                             [&](const PlayedBlock& one) {
                               return one.block.is_playing &&
                                      one.block.provenance == provenance;
                             });
}

// Media is played from its start to where it is now, nothing twice: what was
// made up, put in and taken out balances.
void CheckBalance(const std::vector<PlayedBlock>& played,
                  const PlayoutCounters& counters, int tolerance_ms) {
  const PlayedBlock& last = played.back();
  const int64_t media_samples = last.block.media_ticks / 3 + 160;
  const int64_t accounted = counters.played_samples + counters.removed_samples +
                            counters.dropped_samples -
                            counters.inserted_samples;
  // Audio made up while waiting is not of the media.
  CHECK(accounted - media_samples >= -tolerance_ms * kSamplesPerMs);
  CHECK(accounted - media_samples <= tolerance_ms * kSamplesPerMs);
}

constexpr int64_t kLongestRepeatTicks = 15 * kTicksPerMs;

TEST_CASE("what is lost is made up once, neither more nor less") {
  for (const size_t run : {1, 2, 3, 5}) {
    for (const int frame_ms : {10, 20, 60}) {
      for (const int64_t phase_us : {0, 4'300}) {
        CAPTURE(run);
        CAPTURE(frame_ms);
        CAPTURE(phase_us);
        Talk talk;
        talk.frame_ms = frame_ms;
        talk.frames = 12'000 / frame_ms;
        const auto lost =
            EveryNth(40, run, 40, static_cast<size_t>(talk.frames) - 40);
        Receiver receiver(PlayoutReceiver());
        const auto played = PlayOut(receiver, Without(Encode(talk), lost),
                                    {.first_pull_us = phase_us});
        const auto lost_ms = static_cast<int64_t>(lost.size()) * frame_ms;
        const int64_t concealed_ms = ConcealedSamples(played) / kSamplesPerMs;
        // Time-stretch may take out or repeat parts of it, and where audio
        // takes over 5 ms count as real.
        const auto slack_ms =
            static_cast<int64_t>(lost.size() / run) * (frame_ms > 20 ? 8 : 5);
        CHECK(concealed_ms >= lost_ms - slack_ms);
        CHECK(concealed_ms <= lost_ms + slack_ms);
        CHECK(receiver.ReadPlayoutCounters().dropped_samples == 0);
        CheckBalance(played, receiver.ReadPlayoutCounters(), 40);
      }
    }
  }
}

TEST_CASE("copies that come in time are played in place of what is lost") {
  Talk talk;
  talk.fec = true;
  talk.frames = 1500;
  const auto sent = Encode(talk);
  const auto lost = BeforeCopies(sent, 300, 15);
  REQUIRE(lost.size() > 40);
  ReceiverConfig config = PlayoutReceiver();
  config.min_delay_us = 30 * kMs;  // The copy comes 20 ms after it.
  const auto played = PlayOut(config, Without(sent, lost));
  CHECK(ConcealedSamples(played) == 0);
  CHECK(SamplesFrom(played, Provenance::kFec) ==
        static_cast<int64_t>(lost.size()) * 20 * kSamplesPerMs);
}

TEST_CASE("where losses are frequent and copies there, their delay is chosen") {
  Talk talk;
  talk.fec = true;
  talk.frames = 2500;
  const auto sent = Encode(talk);
  const auto lost = BeforeCopies(sent, 100, 12);
  REQUIRE(lost.size() > 80);
  const auto played = PlayOut(PlayoutReceiver(), Without(sent, lost));
  CHECK(played.back().block.target_us >= 20 * kMs);
  CHECK(played.back().block.target_us <= 35 * kMs);
  const auto half = played.begin() + static_cast<ptrdiff_t>(played.size() / 2);
  const int64_t concealed_ms =
      ConcealedSamples({half, played.end()}) / kSamplesPerMs;
  CHECK(concealed_ms <= 20);
}

TEST_CASE("reordering within the buffer conceals nothing") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    ReceiverConfig config = PlayoutReceiver();
    config.min_delay_us = 60 * kMs;  // 10 ms more for the time of the pulls.
    const auto sent = Encode({.frames = 500});
    const auto played =
        PlayOut(config, Jittered(sent, 49 * kMs, seed),
                {.first_pull_us = static_cast<int64_t>(seed * 1'700)});
    CHECK(ConcealedSamples(played) == 0);
    for (size_t i = 1; i < played.size(); ++i) {
      if (!played[i - 1].block.is_playing) continue;
      // But for a period of the voice that is heard again in a stretch.
      REQUIRE(played[i].block.media_ticks + kLongestRepeatTicks >
              played[i - 1].block.media_ticks);
    }
  }
}

TEST_CASE("what comes late is played, not passed over") {
  for (const int64_t stall_ms : {40, 100, 300, 900, 2500}) {
    CAPTURE(stall_ms);
    auto packets = Encode({.frames = 600});
    for (size_t i = 150; i < 150 + static_cast<size_t>(stall_ms) / 20; ++i) {
      packets[i].at_us = (3'000 + stall_ms) * kMs;
    }
    Receiver receiver(PlayoutReceiver());
    const auto played = PlayOut(receiver, InOrder(packets));
    const PlayoutCounters counters = receiver.ReadPlayoutCounters();
    // But for the shift that fits made-up audio to what ends it.
    CHECK(counters.dropped_samples <= 5 * kSamplesPerMs);
    CHECK(receiver.ReadCounters().packets_received == 600);
    // All within the greatest delay, but what time-stretch takes out of it.
    const int64_t stalled_from = 3000 * 48;
    const int64_t media_ms = std::min<int64_t>(stall_ms, 1000);
    int64_t heard = 0;
    for (const PlayedBlock& one : played) {
      if (IsSpeech(one) && one.block.media_ticks >= stalled_from &&
          one.block.media_ticks < stalled_from + stall_ms * 48) {
        heard += 10;
      }
    }
    CHECK(heard >= media_ms / 2);
  }
}

TEST_CASE("late media goes on where it stopped") {
  auto packets = Encode({.frames = 300});
  for (size_t i = 100; i < 110; ++i) packets[i].at_us = packets[110].at_us;
  const auto played = PlayOut(PlayoutReceiver(), packets);
  int64_t last_ticks = -1;
  for (const PlayedBlock& one : played) {
    if (!one.block.is_playing) continue;
    // A block holds 10 ms, and a cut of at most 80 ms may lie in it.
    REQUIRE(one.block.media_ticks >= last_ticks);
    if (last_ticks >= 0) {
      REQUIRE(one.block.media_ticks - last_ticks <= 100 * kTicksPerMs);
    }
    last_ticks = one.block.media_ticks;
  }
}

TEST_CASE("a gap without audio is gone over and playout goes on") {
  Talk talk;
  talk.frames = 400;
  std::vector<size_t> outage;
  for (size_t i = 100; i < 300; ++i) outage.push_back(i);
  Receiver receiver(PlayoutReceiver());
  const auto played =
      PlayOut(receiver, Without(Encode(talk), outage), {.tail_us = 100 * kMs});
  const int64_t concealed_ms = ConcealedSamples(played) / kSamplesPerMs;
  CHECK(concealed_ms >= 3'900);
  CHECK(concealed_ms <= 4'200);
  // The last second is heard, soon at a small delay.
  CHECK(SamplesFrom(played, Provenance::kReceived) >= 3'900 * kSamplesPerMs);
  CHECK(GreatestDelayUs(played, 7'000 * kMs, 8'000 * kMs) <= 60 * kMs);
}

TEST_CASE("after the end of the stream nothing counts as concealed") {
  Receiver receiver(PlayoutReceiver());
  const auto packets = Encode({.frames = 100});
  const auto played =
      PlayOut(receiver, packets, {.tail_us = 3'000 * kMs, .ends = true});
  CHECK(ConcealedSamples(played) == 0);
  CHECK(receiver.ReadPlayoutCounters().concealed_samples == 0);
  // Everything is heard first.
  CHECK(receiver.ReadPlayoutCounters().real_samples +
            receiver.ReadPlayoutCounters().removed_samples -
            receiver.ReadPlayoutCounters().inserted_samples ==
        2'000 * kSamplesPerMs);
}

TEST_CASE(
    "of a frame that comes when its half is concealed the rest is heard") {
  const auto concealed_at = [](int64_t late_ms) {
    auto packets = Encode({.frames = 300});
    packets[200].at_us += late_ms * kMs;
    ReceiverConfig config = PlayoutReceiver();
    config.min_delay_us = 40 * kMs;
    return ConcealedSamples(
        PlayOut(config, packets, {.first_pull_us = 3 * kMs}));
  };
  for (const int64_t late_ms : {44, 48, 52}) {
    CAPTURE(late_ms);
    CHECK(concealed_at(late_ms) >= 10 * kSamplesPerMs);
    CHECK(concealed_at(late_ms) < 15 * kSamplesPerMs);
  }
  CHECK(concealed_at(80) == 20 * kSamplesPerMs);
}

}  // namespace
}  // namespace earshot
