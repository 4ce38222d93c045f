// That the state of a libopus decoder may be copied is what repairs stand on.
// Held for every library in use.

#include <doctest/doctest.h>

#include <memory>

#include "libraries_under_test.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_encoder_host.h"
#include "opus/opus_packet.h"
#include "simulated_call.h"
#include "speech.h"

namespace earshot {
namespace {

struct Voice {
  int bitrate_bps = 24000;
  int frame_ms = 20;
  bool fec = false;
  bool voice = true;
};

std::vector<Bytes> EncodeSpeech(const OpusLibrary& library,
                                const Voice& voice) {
  OpusEncoderSettings settings;
  settings.sample_rate_hz = kSpeechRateHz;
  settings.bitrate_bps = voice.bitrate_bps;
  settings.in_band_fec = voice.fec;
  settings.expected_loss_percent = voice.fec ? 20 : 0;
  settings.voice = voice.voice;
  OpusEncoderHost encoder(library, settings);
  const auto speech = Speech(/*from_ms=*/1000, /*duration_ms=*/1200);
  const auto frame_samples =
      static_cast<size_t>(kSpeechRateHz / 1000 * voice.frame_ms);
  std::vector<Bytes> packets;
  for (size_t at = 0; at + frame_samples <= speech.size();
       at += frame_samples) {
    Bytes packet(1500);
    const int size =
        encoder.Encode(std::span(speech).subspan(at, frame_samples), packet);
    REQUIRE(size > 0);
    packet.resize(static_cast<size_t>(size));
    packets.push_back(std::move(packet));
  }
  return packets;
}

// A decoder and all that it has decoded.
class Listener {
 public:
  Listener(const OpusLibrary& library, int frame_ms)
      : decoder_(library, kSpeechRateHz, /*channels=*/1),
        frame_(static_cast<size_t>(kSpeechRateHz / 1000 * frame_ms)) {}

  void Hear(const Bytes& packet) { Keep(decoder_.Decode(packet, frame_)); }
  void HearCopyIn(const Bytes& packet) {
    Keep(decoder_.DecodeLbrr(packet, frame_));
  }
  void Miss(Concealment concealment) {
    Keep(decoder_.Conceal(frame_, concealment));
  }

  PackedState Save() const {
    PackedState state(decoder_.StateBytes());
    decoder_.SaveTo(state);
    return state;
  }
  void Restore(const PackedState& state) {
    decoder_.RestoreFrom(state);
    pcm_.clear();
  }

  const std::vector<int16_t>& pcm() const { return pcm_; }
  std::vector<int16_t> PcmFrom(size_t frame) const {
    return {pcm_.begin() + static_cast<ptrdiff_t>(frame * frame_.size()),
            pcm_.end()};
  }

 private:
  void Keep(int samples) {
    REQUIRE(samples == static_cast<int>(frame_.size()));
    pcm_.insert(pcm_.end(), frame_.begin(), frame_.end());
  }

  OpusDecoderHost decoder_;
  std::vector<int16_t> frame_;
  std::vector<int16_t> pcm_;
};

template <typename Check>
void ForEveryVoice(const Check& check) {
  int celt_packets = 0;
  int silk_packets = 0;
  for (const OpusLibrary& library : LibrariesUnderTest()) {
    CAPTURE(library.features().version);
    for (const int bitrate_bps : {16000, 24000, 32000, 64000}) {
      for (const int frame_ms : {10, 20, 60}) {
        for (const bool fec : {false, true}) {
          for (const bool voice : {true, false}) {
            CAPTURE(bitrate_bps);
            CAPTURE(frame_ms);
            CAPTURE(fec);
            CAPTURE(voice);
            const auto packets =
                EncodeSpeech(library, {bitrate_bps, frame_ms, fec, voice});
            for (const Bytes& packet : packets) {
              // RFC 6716 3.1.
              ++(packet[0] & 0x80 ? celt_packets : silk_packets);
            }
            for (const auto concealment :
                 {Concealment::kClassic, Concealment::kDeep}) {
              CAPTURE(static_cast<int>(concealment));
              check(library, packets, frame_ms, concealment);
            }
          }
        }
      }
    }
  }
  CHECK(celt_packets > 100);
  CHECK(silk_packets > 100);
}

TEST_CASE("decoding again from a saved state equals the loss-free decode") {
  ForEveryVoice([](const OpusLibrary& library,
                   const std::vector<Bytes>& packets, int frame_ms,
                   Concealment concealment) {
    Listener whole(library, frame_ms);
    for (const Bytes& packet : packets) whole.Hear(packet);

    // Two packets are late; what is decoded without them leaves its traces in
    // the decoder.
    const size_t late = packets.size() / 2;
    Listener live(library, frame_ms);
    for (size_t i = 0; i < late; ++i) live.Hear(packets[i]);
    const PackedState state = live.Save();
    live.Miss(concealment);
    if (ParseOpusPacket(packets[late + 2])->has_lbrr) {
      live.HearCopyIn(packets[late + 2]);
    } else {
      live.Miss(concealment);
    }
    for (size_t i = late + 2; i < packets.size(); ++i) live.Hear(packets[i]);
    CHECK(live.PcmFrom(late) != whole.PcmFrom(late));

    // In the same decoder, and in one at another address that has heard
    // something else.
    Listener other(library, frame_ms);
    for (size_t i = 0; i < 5; ++i) other.Hear(packets[i]);
    other.Miss(concealment);
    for (Listener* listener : {&live, &other}) {
      listener->Restore(state);
      for (size_t i = late; i < packets.size(); ++i) {
        listener->Hear(packets[i]);
      }
      CHECK(listener->pcm() == whole.PcmFrom(late));
    }
  });
}

TEST_CASE("a state saved within a burst conceals on as its decoder does") {
  ForEveryVoice([](const OpusLibrary& library,
                   const std::vector<Bytes>& packets, int frame_ms,
                   Concealment concealment) {
    const size_t lost = packets.size() / 2;
    Listener live(library, frame_ms);
    for (size_t i = 0; i < lost; ++i) live.Hear(packets[i]);
    live.Miss(concealment);
    const PackedState state = live.Save();

    // The second loss starts anew from what the first one left behind.
    const auto go_on = [&](Listener& listener) {
      listener.Miss(concealment);
      listener.Hear(packets[lost + 2]);
      listener.Hear(packets[lost + 3]);
      listener.Miss(concealment);
      for (size_t i = lost + 5; i < packets.size(); ++i) {
        listener.Hear(packets[i]);
      }
    };
    go_on(live);
    Listener other(library, frame_ms);
    other.Restore(state);
    go_on(other);
    CHECK(other.pcm() == live.PcmFrom(lost + 1));
  });
}

}  // namespace
}  // namespace earshot
