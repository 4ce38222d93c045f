#ifndef EARSHOT_OPUS_OPUS_DECODER_HOST_H_
#define EARSHOT_OPUS_OPUS_DECODER_HOST_H_

#include <cstdint>
#include <memory>
#include <span>

#include "codec/audio_decoder.h"

struct OpusDecoder;

namespace earshot {

// A libopus decoder. With one channel libopus mixes stereo down by itself, with
// two it doubles mono.
class OpusDecoderHost final : public AudioDecoder {
 public:
  // `sample_rate_hz`: 8000, 12000, 16000, 24000 or 48000; `channels`: 1 or 2.
  OpusDecoderHost(int sample_rate_hz, int channels);

  OpusDecoderHost(const OpusDecoderHost&) = delete;
  OpusDecoderHost& operator=(const OpusDecoderHost&) = delete;

  int Decode(std::span<const uint8_t> payload, std::span<int16_t> out) override;
  int DecodeLbrr(std::span<const uint8_t> next_payload,
                 std::span<int16_t> out) override;
  int Conceal(std::span<int16_t> out, Concealment concealment) override;
  void Reset() override;

  // The state of libopus is one flat block that may be copied (opus.h, "Opus
  // Decoder"); whether that still holds is tested for the library in use.
  size_t StateBytes() const override { return state_bytes_; }
  void SaveTo(std::span<uint8_t> state) const override;
  void RestoreFrom(std::span<const uint8_t> state) override;

 private:
  struct Destroy {
    void operator()(OpusDecoder* decoder) const;
  };
  int DecodeInto(std::span<const uint8_t> payload, std::span<int16_t> out,
                 int use_fec);

  const int channels_;
  const size_t state_bytes_;
  std::unique_ptr<OpusDecoder, Destroy> decoder_;
};

}  // namespace earshot

#endif  // EARSHOT_OPUS_OPUS_DECODER_HOST_H_
