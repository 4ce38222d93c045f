#ifndef EARSHOT_OPUS_OPUS_DECODER_HOST_H_
#define EARSHOT_OPUS_OPUS_DECODER_HOST_H_

#include <cstdint>
#include <memory>
#include <span>

#include "codec/audio_decoder.h"
#include "opus/dred_decoder.h"
#include "opus/opus_library.h"

namespace earshot {

// A decoder of a libopus. With one channel libopus mixes stereo down by itself,
// with two it doubles mono.
class OpusDecoderHost final : public AudioDecoder {
 public:
  // `sample_rate_hz`: 8000, 12000, 16000, 24000 or 48000; `channels`: 1 or 2.
  OpusDecoderHost(const OpusLibrary& library, int sample_rate_hz, int channels);
  // Of the libopus that is built in.
  OpusDecoderHost(int sample_rate_hz, int channels)
      : OpusDecoderHost(OpusLibrary::BuiltIn(), sample_rate_hz, channels) {}

  OpusDecoderHost(const OpusDecoderHost&) = delete;
  OpusDecoderHost& operator=(const OpusDecoderHost&) = delete;

  int Decode(std::span<const uint8_t> payload, std::span<int16_t> out) override;
  int DecodeLbrr(std::span<const uint8_t> next_payload,
                 std::span<int16_t> out) override;

  // Deep concealment can begin with the first lost frame only: asked for after
  // a classic one it stays classic until the next packet. It may change to
  // classic at any time.
  int Conceal(std::span<int16_t> out, Concealment concealment) override;

  // Fills `out` with the audio from `from_ticks` before the packet that `dred`
  // has read last. The length must be a multiple of 2.5 ms. Returns samples, or
  // a negative number where the packet does not tell or the decoder cannot use
  // it; conceal then. From here on libopus conceals by its network whatever it
  // is asked for, until Reset (1.5.2, 1.6.1: fec_fill_pos in silk/PLC.c).
  int DecodeDred(const DredDecoder& dred, int from_ticks,
                 std::span<int16_t> out);

  void AnnounceSilence(std::span<const uint8_t>) override {}
  void Reset() override;

  // The state of libopus is one flat block that may be copied (opus.h, "Opus
  // Decoder"); whether that still holds is tested for the library in use.
  size_t StateBytes() const override { return codec_bytes_; }
  void SaveTo(PackedState& state) const override;
  void RestoreFrom(const PackedState& state) override;
  void CopyFrom(const AudioDecoder& other) override;

 private:
  // How the frames lost since the last packet were made up.
  enum class Loss : uint8_t { kNone, kClassic, kDeep };

  int DecodeInto(std::span<const uint8_t> payload, std::span<int16_t> out,
                 int use_fec);

  const OpusFunctions functions_;
  const bool has_deep_plc_;
  const int sample_rate_hz_;
  const int channels_;
  const size_t codec_bytes_;
  std::unique_ptr<OpusDecoder, void (*)(OpusDecoder*)> decoder_;
  Loss loss_ = Loss::kNone;
};

}  // namespace earshot

#endif  // EARSHOT_OPUS_OPUS_DECODER_HOST_H_
