// Playout of every frame size, at every rate, mono and stereo.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "coded_voice.h"
#include "opus/opus_decoder_host.h"
#include "playout_call.h"
#include "test_signals.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

struct Packing {
  int frame_us;
  int frames_per_packet;
};
constexpr Packing kPackings[] = {
    {2'500, 1},  {5'000, 1},  {10'000, 1}, {20'000, 1}, {40'000, 1},
    {60'000, 1}, {20'000, 4}, {20'000, 5}, {60'000, 2}, {2'500, 3},
};

// The same voice left and right, half as loud on the right.
std::vector<int16_t> StereoVoice(int duration_ms) {
  const auto mono = Voice(130, 48'000, 48 * duration_ms);
  std::vector<int16_t> pcm;
  for (const int16_t sample : mono) {
    pcm.push_back(sample);
    pcm.push_back(static_cast<int16_t>(sample / 2));
  }
  return pcm;
}

std::vector<int16_t> DecodeAll(const std::vector<SentPacket>& packets,
                               int rate_hz, int channels) {
  OpusDecoderHost decoder(rate_hz, channels);
  std::vector<int16_t> all;
  std::array<int16_t, 2 * 5760> pcm;
  for (const SentPacket& packet : packets) {
    const int samples =
        decoder.Decode(std::span(packet.bytes).subspan(12), pcm);
    all.insert(all.end(), pcm.begin(), pcm.begin() + samples);
  }
  return all;
}

double Correlation(std::span<const int16_t> interleaved) {
  double both = 0;
  double left = 0;
  double right = 0;
  for (size_t i = 0; i + 1 < interleaved.size(); i += 2) {
    both += double{1} * interleaved[i] * interleaved[i + 1];
    left += double{1} * interleaved[i] * interleaved[i];
    right += double{1} * interleaved[i + 1] * interleaved[i + 1];
  }
  return both / std::sqrt(left * right);
}

TEST_CASE("packets of every length are played as they are decoded") {
  const auto voice = Voice(130, 48'000, 48 * 6'000);
  for (const Packing packing : kPackings) {
    CAPTURE(packing.frame_us);
    CAPTURE(packing.frames_per_packet);
    const auto packets =
        CodeVoice(voice, {.frame_us = packing.frame_us,
                          .frames_per_packet = packing.frames_per_packet});
    ReceiverConfig config = PlayoutReceiver();
    config.min_delay_us = 30 * kMs;
    // So that it begins at 30 ms exactly.
    const auto played = PlayOut(
        config, packets, {.first_pull_us = packets.front().at_us % 10'000});
    CHECK(ConcealedSamples(played) == 0);
    const auto pcm = PlayedPcm(played);
    const auto decoded = DecodeAll(packets, 16000, 1);
    CHECK(JoinPcm(Listen(ReceiverConfig(), packets)) == decoded);
    REQUIRE(pcm.size() > decoded.size() * 9 / 10);
    CHECK(std::equal(pcm.begin(), pcm.end(), decoded.begin()));
    CHECK(played.back().block.delay_us <= 40 * kMs);
  }
}

TEST_CASE("packets of every length are played over a bad network") {
  const auto voice = Voice(130, 48'000, 48 * 8'000);
  for (const Packing packing : kPackings) {
    for (const int rate_hz : {8'000, 12'000, 48'000}) {
      CAPTURE(packing.frame_us);
      CAPTURE(packing.frames_per_packet);
      CAPTURE(rate_hz);
      auto packets = InOrder(Jittered(
          CodeVoice(voice, {.frame_us = packing.frame_us,
                            .frames_per_packet = packing.frames_per_packet}),
          30 * kMs, 3));
      std::vector<size_t> lost;
      const size_t period =
          400'000 /
          static_cast<size_t>(packing.frame_us * packing.frames_per_packet);
      for (size_t i = 2 * period; i + period < packets.size(); i += period) {
        lost.push_back(i);
      }
      ReceiverConfig config = PlayoutReceiver();
      config.sample_rate_hz = rate_hz;
      Receiver receiver(config);
      const auto played =
          PlayOut(receiver, Without(std::move(packets), lost),
                  {.block_samples = static_cast<size_t>(rate_hz) / 100});
      const PlayoutCounters counters = receiver.ReadPlayoutCounters();
      const int64_t packet_us = packing.frame_us * packing.frames_per_packet;
      const int64_t lost_ms =
          static_cast<int64_t>(lost.size()) * packet_us / 1000;
      const int64_t concealed_ms = counters.concealed_samples * 1000 / rate_hz;
      CHECK(concealed_ms >= lost_ms / 2);
      CHECK(concealed_ms <= lost_ms * 3 / 2 + 100);
      CHECK(counters.dropped_samples == 0);
      CHECK(counters.played_samples >= int64_t{7'800} * rate_hz / 1000);
    }
  }
}

TEST_CASE("a change of packet length leaves no gap") {
  const auto voice = Voice(130, 48'000, 48 * 3'000);
  for (const Packing longer : {Packing{60'000, 1}, Packing{60'000, 2}}) {
    auto packets = CodeVoice(voice, {.frame_us = 20'000});
    const auto first_count = static_cast<uint16_t>(packets.size());
    const int64_t first_us = packets.back().at_us;
    for (SentPacket packet :
         CodeVoice(voice, {.frame_us = longer.frame_us,
                          .frames_per_packet = longer.frames_per_packet})) {
      packet.at_us += first_us;
      const auto add = [&packet](size_t at, uint32_t amount, int bytes) {
        uint32_t value = 0;
        for (int i = 0; i < bytes; ++i) {
          value = value << 8 | packet.bytes[at + static_cast<size_t>(i)];
        }
        value += amount;
        for (int i = bytes - 1; i >= 0; --i, value >>= 8) {
          packet.bytes[at + static_cast<size_t>(i)] =
              static_cast<uint8_t>(value);
        }
      };
      add(2, first_count, 2);
      add(4, 48 * 3'000, 4);
      packets.push_back(std::move(packet));
    }
    const auto played = PlayOut(PlayoutReceiver(), packets);
    CHECK(ConcealedSamples(played) <= 160 * 12);
    CHECK(std::count_if(played.begin(), played.end(), IsSpeech) >= 570);
  }
}

TEST_CASE("stereo is played in stereo, and mono on both sides") {
  const auto stereo =
      CodeVoice(StereoVoice(4'000), {.channels = 2, .bitrate_bps = 96'000});
  const auto mono = CodeVoice(Voice(130, 48'000, 48 * 4'000), {});
  for (const int rate_hz : {8'000, 16'000, 24'000, 48'000}) {
    CAPTURE(rate_hz);
    ReceiverConfig config = PlayoutReceiver();
    config.sample_rate_hz = rate_hz;
    config.channels = 2;
    config.min_delay_us = 30 * kMs;
    for (const auto* packets : {&stereo, &mono}) {
      const auto pcm = PlayedPcm(PlayOut(config, *packets));
      const auto decoded = DecodeAll(*packets, rate_hz, 2);
      REQUIRE(pcm.size() > decoded.size() * 9 / 10);
      CHECK(std::equal(pcm.begin(), pcm.end(), decoded.begin()));
    }
    config.channels = 1;
    CHECK_FALSE(PlayedPcm(PlayOut(config, stereo)).empty());
  }
}

TEST_CASE("time-stretch and concealment keep both sides together") {
  const auto sent =
      CodeVoice(StereoVoice(8'000), {.channels = 2, .bitrate_bps = 96'000});
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    auto packets = InOrder(Jittered(sent, 50 * kMs, seed));
    std::vector<size_t> lost;
    for (size_t i = 30; i + 5 < packets.size(); i += 23) lost.push_back(i);
    ReceiverConfig config = PlayoutReceiver();
    config.channels = 2;
    Receiver receiver(config);
    const auto played = PlayOut(receiver, Without(std::move(packets), lost),
                                {.block_samples = 320});
    CHECK(receiver.ReadPlayoutCounters().concealed_samples > 16 * 100);
    CHECK(receiver.ReadPlayoutCounters().removed_samples > 0);
    const auto pcm = PlayedPcm(played);
    for (size_t at = 9'600; at + 960 < pcm.size(); at += 960) {
      REQUIRE(Correlation(std::span(pcm).subspan(at, 960)) > 0.8);
    }
  }
}

}  // namespace
}  // namespace earshot
