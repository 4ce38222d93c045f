// Playout of pauses: announced by DTX, muted, and behind the end.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "dsp/level.h"
#include "playout_call.h"
#include "test_signals.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// The level of the room's noise.
constexpr int kRoomPeak = 50;

// Somebody in a room speaks for a second, then is silent for `pause_ms`, again
// and again.
Talk WithPauses(int frames, int pause_ms, int room_peak = kRoomPeak) {
  Talk talk;
  talk.frames = frames;
  talk.dtx = true;
  talk.recording = Voice(120, 16000, frames * 320);
  Random random(7);
  const auto room = Noise(random, frames * 320, room_peak);
  const size_t period = 16 * (1000 + static_cast<size_t>(pause_ms));
  for (size_t i = 0; i < room.size(); ++i) {
    const bool speaks = i % period < 16'000;
    talk.recording[i] =
        static_cast<int16_t>((speaks ? talk.recording[i] / 2 : 0) + room[i]);
  }
  return talk;
}

// Loud enough to be the voice of a Talk.
bool IsLoud(const PlayedBlock& one) { return LevelDb(one.pcm) > -45; }

int64_t LongestZeroRun(const std::vector<int16_t>& pcm) {
  int64_t longest = 0;
  int64_t run = 0;
  for (const int16_t sample : pcm) {
    run = sample == 0 ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

TEST_CASE("pauses are comfort noise: not zero, not loud, not concealed") {
  for (const int pause_ms : {600, 1500, 5000}) {
    for (const int64_t jitter_ms : {0, 15}) {
      CAPTURE(pause_ms);
      CAPTURE(jitter_ms);
      const auto packets = InOrder(
          Jittered(Encode(WithPauses(1000, pause_ms)), jitter_ms * kMs, 3));
      Receiver receiver(PlayoutReceiver());
      const auto played = PlayOut(receiver, packets);
      CHECK(ConcealedSamples(played) <= 160 * (jitter_ms == 0 ? 0 : 8));
      CHECK(LongestZeroRun(PlayedPcm(played)) < 32);
      CHECK(receiver.ReadPlayoutCounters().comfort_samples >
            16 * 20'000 / 5 * pause_ms / (1000 + pause_ms));
    }
  }
}

TEST_CASE("minutes of silence with nothing but refreshes are quiet") {
  constexpr int kMinutes = 3;
  const Talk talk = WithPauses(kMinutes * 3000 + 100, kMinutes * 60'000 - 1000);
  const auto packets = Encode(talk);
  REQUIRE(packets.size() < 8'000);
  Receiver receiver(PlayoutReceiver());
  const auto played = PlayOut(receiver, packets);
  CHECK(receiver.ReadPlayoutCounters().concealed_samples == 0);
  Random random(7);
  const float room_db = LevelDb(Noise(random, 16000, kRoomPeak));
  for (const PlayedBlock& one : played) {
    if (one.at_us < 2'000 * kMs || one.at_us > 179'000 * kMs) continue;
    REQUIRE(LevelDb(one.pcm) > room_db - 12);
    REQUIRE(LevelDb(one.pcm) < room_db + 8);
  }
  CHECK(std::count_if(played.end() - 200, played.end(), IsLoud) >= 95);
  CHECK(played.back().block.delay_us <= 100 * kMs);
}

TEST_CASE("after a muted hour the voice is there at once") {
  const auto spoken = Encode(WithPauses(100, 1000));
  auto packets = spoken;
  Talk later = WithPauses(50, 1000);
  later.first_sequence_number = static_cast<uint16_t>(1000 + spoken.size());
  later.first_timestamp = 160'000 + 3'600u * 48'000u;
  for (SentPacket packet : Encode(later)) {
    packet.at_us += 3'600'000 * kMs;
    packets.push_back(std::move(packet));
  }
  Receiver receiver(PlayoutReceiver());
  const auto played = PlayOut(receiver, packets, {.tail_us = 20 * kMs});
  CHECK(std::count_if(played.end() - 105, played.end(), IsLoud) >= 95);
  CHECK(played.back().block.delay_us <= 60 * kMs);
  // In between it is quiet, not zero, and as announced.
  for (size_t i = 300; i < played.size() - 150; i += 997) {
    REQUIRE(LevelDb(played[i].pcm) > -75);
    REQUIRE(LevelDb(played[i].pcm) < -50);
    REQUIRE(played[i].block.provenance == Provenance::kDtx);
  }
}

TEST_CASE("the first sounds after a pause are played whole") {
  for (const int64_t jitter_ms : {0, 15, 40}) {
    CAPTURE(jitter_ms);
    const Talk talk = WithPauses(1500, 2000);
    const auto packets = InOrder(Jittered(Encode(talk), jitter_ms * kMs, 9));
    const auto played = PlayOut(PlayoutReceiver(), packets);
    // Of every spurt of a second, the first 100 ms: all 10 blocks of media.
    for (int spurt = 1; spurt < 9; ++spurt) {
      CAPTURE(spurt);
      const int64_t onset_ticks = int64_t{spurt} * 3'000 * kTicksPerMs;
      int64_t heard = 0;
      for (const PlayedBlock& one : played) {
        if (one.block.media_ticks >= onset_ticks - 9 * kTicksPerMs &&
            one.block.media_ticks < onset_ticks + 100 * kTicksPerMs &&
            IsSpeech(one)) {
          ++heard;
        }
      }
      CHECK(heard >= 9);
    }
  }
}

TEST_CASE("where nothing comes any more there is the noise of the room") {
  for (const int bitrate_bps : {24'000, 128'000}) {
    for (const int peak : {20, 60, 150}) {
      CAPTURE(bitrate_bps);
      CAPTURE(peak);
      Talk talk = WithPauses(200, 1000, peak);
      talk.dtx = false;
      talk.bitrate_bps = bitrate_bps;
      Random random(7);
      const float room_db = LevelDb(Noise(random, 16'000, peak));
      const auto packets = Encode(talk);
      const auto played =
          PlayOut(PlayoutReceiver(), packets, {.tail_us = 5'000 * kMs});
      for (size_t i = played.size() - 400; i < played.size(); i += 7) {
        REQUIRE(std::abs(LevelDb(played[i].pcm) - room_db) <= 8);
      }
    }
  }
}

TEST_CASE(
    "a small excess of delay is cut out of pauses, however loud the room") {
  for (const int peak : {20, 60, 150}) {
    CAPTURE(peak);
    Talk talk = WithPauses(300, 1000, peak);
    talk.dtx = false;
    ReceiverConfig config = PlayoutReceiver();
    config.min_delay_us = 30 * kMs;
    // Begins at 33.7 ms.
    const auto played = PlayOut(config, Encode(talk), {.first_pull_us = 3'700});
    CHECK(played.back().block.delay_us <= 31 * kMs);
    int64_t removed = 0;
    for (const PlayedBlock& one : played) {
      removed += one.block.removed_samples - one.block.inserted_samples;
    }
    CHECK(removed >= 16 * 27 / 10);
    CHECK(removed <= 16 * 4);
  }
}

TEST_CASE("before the first audio there is noise that counts nowhere") {
  Receiver receiver(PlayoutReceiver());
  std::vector<int16_t> pcm(160);
  for (int i = 0; i < 100; ++i) {
    const PlayoutBlock block = receiver.Pull(i * 10 * kMs, pcm);
    CHECK_FALSE(block.is_playing);
    CHECK(LevelDb(pcm) > -100);
    CHECK(LevelDb(pcm) < -50);
  }
  CHECK(receiver.ReadPlayoutCounters().played_samples == 0);
  receiver.End();
  CHECK_FALSE(receiver.Pull(1'000 * kMs, pcm).is_playing);
}

}  // namespace
}  // namespace earshot
