// Deep redundancy: what a later packet tells of lost ones. The tests need a
// libopus built with --enable-dred, which no distribution ships.

#include "opus/dred_decoder.h"

#include <doctest/doctest.h>

#include <array>

#include "libraries_under_test.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_encoder_host.h"
#include "simulated_call.h"
#include "speech.h"

namespace earshot {
namespace {

constexpr int kFrameSamples = kSpeechRateHz / 50;
constexpr int kFrameTicks = 20 * kTicksPerMs;
constexpr int kLost = 5;

using Frame20Ms = std::array<int16_t, kFrameSamples>;

std::vector<Bytes> EncodeSpeech(const OpusLibrary& library, int dred_ms) {
  OpusEncoderSettings settings;
  settings.sample_rate_hz = kSpeechRateHz;
  settings.bitrate_bps = 40000;
  settings.expected_loss_percent = 20;
  settings.dred_ms = dred_ms;
  OpusEncoderHost encoder(library, settings);
  const auto speech = Speech(/*from_ms=*/1000, /*duration_ms=*/8000);
  std::vector<Bytes> packets;
  for (size_t at = 0; at + kFrameSamples <= speech.size();
       at += kFrameSamples) {
    Bytes packet(1500);
    const int size =
        encoder.Encode(std::span(speech).subspan(at, kFrameSamples), packet);
    REQUIRE(size > 0);
    packet.resize(static_cast<size_t>(size));
    packets.push_back(std::move(packet));
  }
  return packets;
}

// Hears all packets before the one at `lost`.
void HearUpTo(OpusDecoderHost& decoder, const std::vector<Bytes>& packets,
              size_t lost) {
  Frame20Ms frame;
  for (size_t i = 0; i < lost; ++i) {
    REQUIRE(decoder.Decode(packets[i], frame) == kFrameSamples);
  }
}

// Makes `kLost` frames up from what `dred` has read in the packet after them.
std::vector<int16_t> Recall(OpusDecoderHost& decoder, const DredDecoder& dred) {
  Frame20Ms frame;
  std::vector<int16_t> made;
  for (int left = kLost; left > 0; --left) {
    REQUIRE(decoder.DecodeDred(dred, left * kFrameTicks, frame) ==
            kFrameSamples);
    made.insert(made.end(), frame.begin(), frame.end());
  }
  return made;
}

TEST_CASE("a lost burst told of by a later packet is nearer to what was said") {
  const OpusLibrary* const library = DredLibraryUnderTest();
  if (library == nullptr) return;
  const auto packets = EncodeSpeech(*library, /*dred_ms=*/500);
  OpusDecoderHost whole(*library, kSpeechRateHz, /*channels=*/1);
  std::vector<int16_t> said;
  Frame20Ms frame;
  for (const Bytes& packet : packets) {
    REQUIRE(whole.Decode(packet, frame) == kFrameSamples);
    said.insert(said.end(), frame.begin(), frame.end());
  }

  DredDecoder dred(*library);
  double classic_db = 0;
  double dred_db = 0;
  int bursts = 0;
  for (size_t lost = 20; lost + kLost < packets.size(); lost += 15) {
    // A pause is not worth a description: there libopus writes none.
    if (!dred.Read(packets[lost + kLost], kLost * kFrameTicks)
             .Holds(kLost * kFrameTicks, kLost * kFrameTicks)) {
      continue;
    }
    const auto of_burst =
        std::span(said).subspan(lost * kFrameSamples, kLost * kFrameSamples);
    OpusDecoderHost decoder(*library, kSpeechRateHz, /*channels=*/1);
    HearUpTo(decoder, packets, lost);
    PackedState state(decoder.StateBytes());
    decoder.SaveTo(state);
    dred_db += LogSpectralDistanceDb(of_burst, Recall(decoder, dred));

    decoder.RestoreFrom(state);
    std::vector<int16_t> made(of_burst.size());
    REQUIRE(decoder.Conceal(made, Concealment::kClassic) ==
            static_cast<int>(made.size()));
    classic_db += LogSpectralDistanceDb(of_burst, made);
    ++bursts;
  }
  CAPTURE(bursts);
  CAPTURE(classic_db / bursts);
  CAPTURE(dred_db / bursts);
  CHECK(bursts >= 10);
  CHECK(dred_db < 0.8 * classic_db);
}

TEST_CASE("a packet without deep redundancy tells of nothing") {
  const OpusLibrary* const library = DredLibraryUnderTest();
  if (library == nullptr) return;
  const auto packets = EncodeSpeech(*library, /*dred_ms=*/0);
  DredDecoder dred(*library);
  OpusDecoderHost decoder(*library, kSpeechRateHz, /*channels=*/1);
  HearUpTo(decoder, packets, 20);
  Frame20Ms frame;
  CHECK_FALSE(
      dred.Read(packets[21], kFrameTicks).Holds(kFrameTicks, kFrameTicks));
  CHECK(decoder.DecodeDred(dred, kFrameTicks, frame) < 0);
  CHECK_FALSE(dred.Read({}, kFrameTicks).Holds(kFrameTicks, kFrameTicks));
}

TEST_CASE("deep redundancy is used only where it reaches and from the start") {
  const OpusLibrary* const library = DredLibraryUnderTest();
  if (library == nullptr) return;
  const auto packets = EncodeSpeech(*library, /*dred_ms=*/500);
  DredDecoder dred(*library);
  // In the middle of the first prompt.
  const size_t lost = 60;
  const DredReach& reach =
      dred.Read(packets[lost + kLost], DredDecoder::kMaxTicks);
  REQUIRE(reach.Holds(kLost * kFrameTicks, kLost * kFrameTicks));
  CHECK(reach.oldest_ticks <= DredDecoder::kMaxTicks);

  OpusDecoderHost decoder(*library, kSpeechRateHz, /*channels=*/1);
  HearUpTo(decoder, packets, lost);
  Frame20Ms frame;
  CHECK(decoder.DecodeDred(dred, reach.oldest_ticks + kGridTicks, frame) < 0);
  CHECK(decoder.DecodeDred(dred, reach.newest_ticks, frame) < 0);
  decoder.Conceal(frame, Concealment::kClassic);
  CHECK(decoder.DecodeDred(dred, kFrameTicks, frame) < 0);
  REQUIRE(decoder.Decode(packets[lost + 1], frame) == kFrameSamples);
  CHECK(decoder.DecodeDred(dred, kFrameTicks, frame) == kFrameSamples);
}

TEST_CASE("a state saved before a recall leads to the same in any decoder") {
  const OpusLibrary* const library = DredLibraryUnderTest();
  if (library == nullptr) return;
  const auto packets = EncodeSpeech(*library, /*dred_ms=*/500);
  const size_t lost = 60;
  DredDecoder dred(*library);
  dred.Read(packets[lost + kLost], kLost * kFrameTicks);

  OpusDecoderHost live(*library, kSpeechRateHz, /*channels=*/1);
  OpusDecoderHost other(*library, kSpeechRateHz, /*channels=*/1);
  HearUpTo(live, packets, lost);
  HearUpTo(other, packets, 7);
  PackedState state(live.StateBytes());
  live.SaveTo(state);
  const auto made = Recall(live, dred);
  other.RestoreFrom(state);
  CHECK(Recall(other, dred) == made);

  // And the late packets still heal it.
  live.RestoreFrom(state);
  OpusDecoderHost whole(*library, kSpeechRateHz, /*channels=*/1);
  HearUpTo(whole, packets, lost);
  Frame20Ms of_live;
  Frame20Ms of_whole;
  for (size_t i = lost; i < packets.size(); ++i) {
    live.Decode(packets[i], of_live);
    whole.Decode(packets[i], of_whole);
    REQUIRE(of_live == of_whole);
  }
}

TEST_CASE("mutated packets end in a reach, never outside of it") {
  const OpusLibrary* const library = DredLibraryUnderTest();
  if (library == nullptr) return;
  constexpr uint64_t kSeed = 1;
  CAPTURE(kSeed);
  Random random(kSeed);
  const auto packets = EncodeSpeech(*library, /*dred_ms=*/1000);
  DredDecoder dred(*library);
  OpusDecoderHost decoder(*library, kSpeechRateHz, /*channels=*/1);
  HearUpTo(decoder, packets, 60);
  Frame20Ms frame;
  for (int i = 0; i < 3000; ++i) {
    Bytes packet = packets[60 + random.Below(packets.size() - 60)];
    packet.resize(1 + random.Below(packet.size()));
    for (uint64_t flips = random.Below(5); flips > 0; --flips) {
      packet[random.Below(packet.size())] ^=
          static_cast<uint8_t>(1 << random.Below(8));
    }
    const DredReach& reach = dred.Read(
        packet, static_cast<int>(random.Below(2 * DredDecoder::kMaxTicks)));
    REQUIRE(reach.newest_ticks >= 0);
    REQUIRE(reach.oldest_ticks >= reach.newest_ticks);
    const auto from_ticks = static_cast<int>(random.Below(50'000));
    const int samples = decoder.DecodeDred(dred, from_ticks, frame);
    REQUIRE((samples < 0 || samples == kFrameSamples));
    CHECK((samples > 0) == reach.Holds(from_ticks, kFrameTicks));
  }
}

}  // namespace
}  // namespace earshot
