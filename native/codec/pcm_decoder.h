#ifndef EARSHOT_CODEC_PCM_DECODER_H_
#define EARSHOT_CODEC_PCM_DECODER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/audio_decoder.h"
#include "codec/codec.h"
#include "codec/comfort_noise_packet.h"
#include "dsp/resampler.h"
#include "dsp/waveform_concealer.h"

namespace earshot {

// A decoder of PCMU, PCMA and L16, with the comfort noise that goes with them.
// A stereo stream is averaged for a listener of one channel; a mono one is
// doubled for a listener of two, its noise too. Between different rates the
// audio comes out `delay_samples` later.
class PcmDecoder final : public AudioDecoder {
 public:
  // `format`: kPcmu, kPcma or kL16. `sample_rate_hz`: 8000, 12000, 16000, 24000
  // or 48000; `channels`: 1 or 2; both are the listener's.
  PcmDecoder(const CodecFormat& format, int sample_rate_hz, int channels);

  int Decode(std::span<const uint8_t> payload, std::span<int16_t> out) override;
  // There are no copies in PCM.
  int DecodeLbrr(std::span<const uint8_t> next_payload,
                 std::span<int16_t> out) override;
  int Conceal(std::span<int16_t> out, Concealment concealment) override;
  void Reset() override;

  size_t StateBytes() const override {
    return sizeof(State) - (2 - decoded_channels_) * sizeof(Channel);
  }
  void SaveTo(PackedState& state) const override;
  void RestoreFrom(const PackedState& state) override;
  void CopyFrom(const AudioDecoder& other) override;

  // The payload's clock must be that of the codec.
  void AnnounceSilence(std::span<const uint8_t> payload) override;

  // Of the filter between the codec's rate and the listener's, at the latter.
  int delay_samples() const { return resampler_.delay_output_samples(); }

 private:
  struct Channel {
    WaveformConcealer concealer;
    ComfortNoiseSynthesizer comfort_noise;
    Resampler::State resampler;
  };
  struct State {
    bool is_silent = false;  // A comfort noise packet was the last one.
    std::array<Channel, 2> channels;  // Last: the second may be left out.
  };

  static State InitialState(const CodecFormat& format);
  int16_t Sample(std::span<const uint8_t> payload, size_t index) const;
  void ReadChannel(std::span<const uint8_t> payload, size_t channel,
                   std::span<int16_t> pcm) const;
  int Deliver(size_t channel, std::span<const int16_t> pcm,
              std::span<int16_t> out);

  const CodecFormat format_;
  const int sample_rate_hz_;
  const size_t channels_;
  const size_t decoded_channels_;  // One less where mono is doubled, or stereo
                                   // averaged.
  const Resampler resampler_;
  State state_;
};

}  // namespace earshot

#endif  // EARSHOT_CODEC_PCM_DECODER_H_
