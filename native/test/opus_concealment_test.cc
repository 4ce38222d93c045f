// How a decoder makes up what is lost, in every library in use.

#include <doctest/doctest.h>

#include <array>
#include <memory>

#include "libraries_under_test.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_encoder_host.h"
#include "simulated_call.h"
#include "speech.h"

namespace earshot {
namespace {

constexpr int kFrameSamples = kSpeechRateHz / 50;
constexpr auto kClassic = Concealment::kClassic;
constexpr auto kDeep = Concealment::kDeep;

using Frame20Ms = std::array<int16_t, kFrameSamples>;

std::vector<Bytes> Encode20Ms(std::span<const int16_t> speech, bool voice) {
  OpusEncoderSettings settings;
  settings.sample_rate_hz = kSpeechRateHz;
  settings.bitrate_bps = voice ? 24000 : 64000;
  settings.voice = voice;
  OpusEncoderHost encoder(settings);
  std::vector<Bytes> packets;
  for (size_t at = 0; at + kFrameSamples <= speech.size();
       at += kFrameSamples) {
    Bytes packet(1500);
    const int size = encoder.Encode(speech.subspan(at, kFrameSamples), packet);
    REQUIRE(size > 0);
    packet.resize(static_cast<size_t>(size));
    packets.push_back(std::move(packet));
  }
  return packets;
}

// Hears `heard` packets, then misses one frame for each of `lost`.
std::vector<int16_t> MissAfter(const OpusLibrary& library,
                               std::span<const Bytes> heard,
                               const std::vector<Concealment>& lost) {
  OpusDecoderHost decoder(library, kSpeechRateHz, /*channels=*/1);
  Frame20Ms frame;
  for (const Bytes& packet : heard) decoder.Decode(packet, frame);
  std::vector<int16_t> made;
  for (const Concealment concealment : lost) {
    REQUIRE(decoder.Conceal(frame, concealment) == kFrameSamples);
    made.insert(made.end(), frame.begin(), frame.end());
  }
  return made;
}

TEST_CASE("deep concealment is another one only where the library has it") {
  const auto packets = Encode20Ms(Speech(1000, 1000), /*voice=*/true);
  for (const OpusLibrary& library : LibrariesUnderTest()) {
    CAPTURE(library.features().version);
    const bool differs = MissAfter(library, packets, {kDeep, kDeep}) !=
                         MissAfter(library, packets, {kClassic, kClassic});
    CHECK(differs == library.features().deep_plc);
  }
}

TEST_CASE("deep concealment does not begin within a burst of loss") {
  for (const bool voice : {true, false}) {
    CAPTURE(voice);
    const auto packets = Encode20Ms(Speech(1000, 1000), voice);
    for (const OpusLibrary& library : LibrariesUnderTest()) {
      CAPTURE(library.features().version);
      CHECK(MissAfter(library, packets, {kClassic, kDeep, kDeep}) ==
            MissAfter(library, packets, {kClassic, kClassic, kClassic}));
      CHECK(MissAfter(library, packets, {kDeep, kClassic, kDeep}) ==
            MissAfter(library, packets, {kDeep, kClassic, kClassic}));
    }
  }
}

TEST_CASE("a decoder that goes on within a burst knows how it began") {
  const OpusLibrary* const library = DeepLibraryUnderTest();
  if (library == nullptr) return;
  const auto packets = Encode20Ms(Speech(1000, 1000), /*voice=*/true);
  OpusDecoderHost live(*library, kSpeechRateHz, /*channels=*/1);
  Frame20Ms of_live;
  for (const Bytes& packet : packets) live.Decode(packet, of_live);
  live.Conceal(of_live, kClassic);
  PackedState state(live.StateBytes());
  live.SaveTo(state);
  live.Conceal(of_live, kClassic);

  OpusDecoderHost other(*library, kSpeechRateHz, /*channels=*/1);
  Frame20Ms of_other;
  other.RestoreFrom(state);
  other.Conceal(of_other, kDeep);
  CHECK(of_other == of_live);
}

TEST_CASE("raised complexity is needed while concealing only") {
  const OpusLibrary* const library = DeepLibraryUnderTest();
  if (library == nullptr) return;
  const OpusFunctions& codec = library->functions();
  for (const bool voice : {true, false}) {
    CAPTURE(voice);
    const auto packets = Encode20Ms(Speech(1000, 1000), voice);
    int error = OPUS_OK;
    const std::unique_ptr<OpusDecoder, void (*)(OpusDecoder*)> raised(
        codec.decoder_create(kSpeechRateHz, /*channels=*/1, &error),
        codec.decoder_destroy);
    REQUIRE(raised);
    REQUIRE(codec.decoder_ctl(raised.get(), OPUS_SET_COMPLEXITY(5)) == OPUS_OK);
    OpusDecoderHost host(*library, kSpeechRateHz, /*channels=*/1);
    Frame20Ms of_raised;
    Frame20Ms of_host;
    for (size_t i = 0; i < packets.size(); ++i) {
      CAPTURE(i);
      const bool lost = i == 20 || i == 21 || i == 22 || i == 35;
      REQUIRE(
          codec.decode(raised.get(), lost ? nullptr : packets[i].data(),
                       lost ? 0 : static_cast<opus_int32>(packets[i].size()),
                       of_raised.data(), kFrameSamples,
                       /*decode_fec=*/0) == kFrameSamples);
      if (lost) {
        host.Conceal(of_host, kDeep);
      } else {
        host.Decode(packets[i], of_host);
      }
      REQUIRE(of_host == of_raised);
    }
  }
}

TEST_CASE("a loss concealed deeply leaves later losses their choice") {
  const auto packets = Encode20Ms(Speech(1000, 2000), /*voice=*/true);
  for (const OpusLibrary& library : LibrariesUnderTest()) {
    CAPTURE(library.features().version);
    const auto second_loss = [&](Concealment concealment) {
      OpusDecoderHost decoder(library, kSpeechRateHz, /*channels=*/1);
      Frame20Ms frame;
      for (size_t i = 0; i < 40; ++i) decoder.Decode(packets[i], frame);
      decoder.Conceal(frame, kDeep);
      for (size_t i = 41; i < 80; ++i) decoder.Decode(packets[i], frame);
      decoder.Conceal(frame, concealment);
      return frame;
    };
    const bool differs = second_loss(kDeep) != second_loss(kClassic);
    CHECK(differs == library.features().deep_plc);
  }
}

TEST_CASE("deep concealment is nearer to what was said") {
  const OpusLibrary* const library = DeepLibraryUnderTest();
  if (library == nullptr) return;
  const auto packets = Encode20Ms(Speech(1000, 8000), /*voice=*/true);
  OpusDecoderHost whole(*library, kSpeechRateHz, /*channels=*/1);
  std::vector<int16_t> said;
  Frame20Ms frame;
  for (const Bytes& packet : packets) {
    REQUIRE(whole.Decode(packet, frame) == kFrameSamples);
    said.insert(said.end(), frame.begin(), frame.end());
  }

  double classic_db = 0;
  double deep_db = 0;
  for (size_t lost = 20; lost + 3 < packets.size(); lost += 10) {
    const auto heard = std::span(packets).first(lost);
    const auto of_burst =
        std::span(said).subspan(lost * kFrameSamples, 3 * kFrameSamples);
    classic_db += LogSpectralDistanceDb(
        of_burst, MissAfter(*library, heard, {kClassic, kClassic, kClassic}));
    deep_db += LogSpectralDistanceDb(
        of_burst, MissAfter(*library, heard, {kDeep, kDeep, kDeep}));
  }
  CAPTURE(classic_db);
  CAPTURE(deep_db);
  CHECK(deep_db < classic_db);
}

}  // namespace
}  // namespace earshot
