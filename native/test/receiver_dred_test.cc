// Deep redundancy through the whole engine, with a libopus that has it.

#include <doctest/doctest.h>

#include <algorithm>

#include "libraries_under_test.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_encoder_host.h"
#include "simulated_call.h"
#include "speech.h"

namespace earshot {
namespace {

constexpr int kFrameMs = 20;
constexpr size_t kFrameSamples = kSpeechRateHz * kFrameMs / 1000;

// Recorded speech, 400 ms of redundancy in every packet.
std::vector<SentPacket> SpeechWithDred(const OpusLibrary& library) {
  OpusEncoderSettings settings;
  settings.sample_rate_hz = kSpeechRateHz;
  settings.bitrate_bps = 40'000;
  settings.expected_loss_percent = 20;
  settings.dred_ms = 400;
  OpusEncoderHost encoder(library, settings);
  const auto speech = Speech(1000, 8000);
  std::vector<SentPacket> packets;
  Bytes payload(1500);
  for (size_t i = 0; (i + 1) * kFrameSamples <= speech.size(); ++i) {
    const int size = encoder.Encode(
        std::span(speech).subspan(i * kFrameSamples, kFrameSamples), payload);
    REQUIRE(size > 0);
    SentPacket packet;
    packet.at_us = static_cast<int64_t>(i + 1) * kFrameMs * 1000;
    const auto sequence = static_cast<uint16_t>(i);
    const auto timestamp = static_cast<uint32_t>(i * kFrameMs * kTicksPerMs);
    packet.bytes = {0x80,
                    111,
                    static_cast<uint8_t>(sequence >> 8),
                    static_cast<uint8_t>(sequence),
                    static_cast<uint8_t>(timestamp >> 24),
                    static_cast<uint8_t>(timestamp >> 16),
                    static_cast<uint8_t>(timestamp >> 8),
                    static_cast<uint8_t>(timestamp),
                    0,
                    0,
                    0,
                    1};
    packet.bytes.insert(packet.bytes.end(), payload.begin(),
                        payload.begin() + size);
    packets.push_back(std::move(packet));
  }
  return packets;
}

std::vector<SentPacket> WithoutBursts(const std::vector<SentPacket>& sent) {
  std::vector<size_t> lost;
  for (size_t burst = 60; burst + 5 < sent.size(); burst += 50) {
    for (size_t i = burst; i < burst + 5; ++i) lost.push_back(i);
  }
  return Without(sent, lost);
}

TEST_CASE("a burst of loss is told by the packet behind it") {
  const OpusLibrary* library = DredLibraryUnderTest();
  if (library == nullptr) return;
  const auto sent = SpeechWithDred(*library);
  ReceiverConfig config;
  config.library = *library;
  const auto heard = Listen(config, WithoutBursts(sent));
  const auto truth = DecodePlainly(sent, kSpeechRateHz, *library);

  CHECK(TilesTheTimeline(heard));
  const int64_t lost_ticks =
      static_cast<int64_t>(sent.size() - WithoutBursts(sent).size()) *
      kFrameMs * kTicksPerMs;
  // Of pauses the sender tells nothing.
  CHECK(TicksFrom(heard, Provenance::kDred) > lost_ticks / 2);

  // Nearer to what was said than concealment of the same packets.
  config.library = OpusLibrary::BuiltIn();
  const auto concealed = Listen(config, WithoutBursts(sent));
  const auto distance = [&](const std::vector<HeardFrame>& frames) {
    auto pcm = ApplyRepairs(frames, kSpeechRateHz).pcm;
    pcm.resize(truth.size());
    return LogSpectralDistanceDb(pcm, truth);
  };
  CHECK(distance(heard) < 0.8 * distance(concealed));
}

}  // namespace
}  // namespace earshot
