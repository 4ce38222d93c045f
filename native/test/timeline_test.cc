#include "receiver/timeline.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "opus/opus_packet.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMemoryTicks = 300 * kTicksPerMs;
constexpr int64_t kAudioTicks = 200 * kTicksPerMs;

struct Format {
  int rate_hz;
  int channels;
};

// The value of a sample tells its place and channel.
int16_t ValueAt(int64_t sample, int channel) {
  return static_cast<int16_t>((sample * 2 + channel) % 30'011);
}

std::vector<int16_t> PcmFrom(int64_t sample, size_t samples, int channels) {
  std::vector<int16_t> pcm;
  for (size_t i = 0; i < samples; ++i) {
    for (int channel = 0; channel < channels; ++channel) {
      pcm.push_back(ValueAt(sample + static_cast<int64_t>(i), channel));
    }
  }
  return pcm;
}

TEST_CASE("what is read from any sample on is what was appended there") {
  for (const Format format : {Format{8000, 1}, Format{12000, 2},
                              Format{16000, 1}, Format{48000, 2}}) {
    CAPTURE(format.rate_hz);
    Timeline timeline(format.rate_hz, format.channels, kMemoryTicks,
                      kAudioTicks);
    Random random(3);
    const int64_t ticks_per_sample = kTicksPerSecond / format.rate_hz;
    for (int i = 0; i < 400; ++i) {
      const int64_t at_ticks = timeline.head_ticks();
      const int64_t ticks =
          kGridTicks * (1 + static_cast<int64_t>(random.Below(24)));
      timeline.Append(at_ticks, Provenance::kReceived,
                      PcmFrom(at_ticks / ticks_per_sample,
                              static_cast<size_t>(ticks / ticks_per_sample),
                              format.channels));
      REQUIRE(timeline.head_ticks() == at_ticks + ticks);
      REQUIRE(timeline.head_ticks() - timeline.begin_ticks() <= kMemoryTicks);

      REQUIRE(timeline.head_ticks() - timeline.audio_begin_ticks() <=
              kAudioTicks);

      const int64_t begin = timeline.audio_begin_ticks() / ticks_per_sample;
      const int64_t end = timeline.head_ticks() / ticks_per_sample;
      const int64_t from = begin + static_cast<int64_t>(random.Below(
                                       static_cast<uint64_t>(end - begin)));
      const size_t samples =
          1 + random.Below(static_cast<uint64_t>(end - from));
      std::vector<int16_t> pcm(samples * static_cast<size_t>(format.channels));
      timeline.Read(from, pcm);
      REQUIRE(pcm == PcmFrom(from, samples, format.channels));
    }
  }
}

TEST_CASE(
    "audio that was forgotten is gone in whole cells, and no more of it") {
  Timeline timeline(16000, 1, kMemoryTicks, kAudioTicks);
  for (int i = 0; i < 5; ++i) {
    timeline.Append(i * 960, Provenance::kReceived,
                    PcmFrom(i * 320, 320, /*channels=*/1));
  }
  timeline.ForgetAudio(1'005);  // 40 samples are a cell.
  CHECK(timeline.audio_begin_ticks() == 1'000 * 3);
  std::vector<int16_t> read(600);
  timeline.Read(1'000, read);
  CHECK(read == PcmFrom(1'000, 600, /*channels=*/1));
  timeline.ForgetAudio(500);
  CHECK(timeline.audio_begin_ticks() == 1'000 * 3);
  // Digests and provenance stay.
  CHECK(timeline.begin_ticks() == 0);
  CHECK_FALSE(timeline.Differs(0, Provenance::kReceived,
                               PcmFrom(0, 320, /*channels=*/1)));
}

TEST_CASE("provenance and versions are those of the last that was entered") {
  Timeline timeline(16000, 1, kMemoryTicks, kAudioTicks);
  const std::vector<int16_t> frame(320, 1);
  for (int i = 0; i < 10; ++i) {
    timeline.Append(i * 960, i == 5 ? Provenance::kPlc : Provenance::kReceived,
                    frame);
  }
  CHECK(timeline.ProvenanceAt(5 * 960 - kGridTicks) == Provenance::kReceived);
  CHECK(timeline.ProvenanceAt(5 * 960) == Provenance::kPlc);

  const std::vector<int16_t> better(320, 2);
  CHECK(timeline.Differs(5 * 960, Provenance::kReceived, better));
  CHECK(timeline.Replace(5 * 960, Provenance::kReceived, better) == 1);
  CHECK_FALSE(timeline.Differs(5 * 960, Provenance::kReceived, better));
  CHECK(timeline.ProvenanceAt(5 * 960) == Provenance::kReceived);
  CHECK(timeline.Replace(5 * 960, Provenance::kReceived, frame) == 2);

  std::vector<int16_t> read(3 * 320);
  timeline.Read(4 * 320, read);
  CHECK(std::accumulate(read.begin(), read.end(), 0) == 3 * 320);
}

TEST_CASE("after a jump only what is new is known") {
  Timeline timeline(16000, 1, kMemoryTicks, kAudioTicks);
  timeline.Append(0, Provenance::kReceived, std::vector<int16_t>(320, 1));
  timeline.JumpTo(960'000);
  CHECK(timeline.begin_ticks() == 960'000);
  CHECK(timeline.head_ticks() == 960'000);
  timeline.Append(960'000, Provenance::kFec, std::vector<int16_t>(320, 9));
  std::vector<int16_t> read(320);
  timeline.Read(320'000, read);
  CHECK(read == std::vector<int16_t>(320, 9));
  CHECK(timeline.begin_ticks() == 960'000);
}

TEST_CASE("one sample that differs is noticed, with and without the audio") {
  constexpr uint64_t kSeed = 5;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (const int64_t audio_ticks : {int64_t{0}, kAudioTicks}) {
    for (const int rate_hz : {8000, 12000, 16000, 24000, 48000}) {
      Timeline timeline(rate_hz, 1, kMemoryTicks, audio_ticks);
      std::vector<int16_t> pcm(static_cast<size_t>(rate_hz / 50));
      for (int16_t& sample : pcm) {
        sample = static_cast<int16_t>(random.Below(40) - 20);
      }
      timeline.Append(0, Provenance::kPlc, pcm);
      // The frame is still known when its audio is no longer here.
      for (int i = 1; i < 15; ++i) {
        timeline.Append(i * 960, Provenance::kReceived, pcm);
      }
      CHECK_FALSE(timeline.Differs(0, Provenance::kPlc, pcm));
      CHECK(timeline.Differs(0, Provenance::kFec, pcm));
      for (int i = 0; i < 200; ++i) {
        auto other = pcm;
        int16_t& sample = other[random.Below(other.size())];
        sample = static_cast<int16_t>(sample + 1 - 2 * (i % 2));
        REQUIRE(timeline.Differs(0, Provenance::kPlc, other));
      }
    }
  }
}

TEST_CASE("what is replaced behind the audio does not reach into it") {
  Timeline timeline(16000, 1, kMemoryTicks, kAudioTicks);
  const std::vector<int16_t> ones(320, 1);
  for (int i = 0; i < 15; ++i) {
    timeline.Append(i * 960, Provenance::kReceived, ones);
  }
  const std::vector<int16_t> twos(320, 2);
  CHECK(timeline.Replace(4 * 960, Provenance::kFec, twos) == 1);
  std::vector<int16_t> read(10 * 320);
  timeline.Read(5 * 320, read);
  CHECK(read == std::vector<int16_t>(10 * 320, 1));
  CHECK(timeline.Replace(5 * 960, Provenance::kFec, twos) == 1);
  timeline.Read(5 * 320, read);
  CHECK(std::accumulate(read.begin(), read.end(), 0) == 11 * 320);
}

}  // namespace
}  // namespace earshot
