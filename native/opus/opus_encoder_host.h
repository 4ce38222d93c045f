#ifndef EARSHOT_OPUS_OPUS_ENCODER_HOST_H_
#define EARSHOT_OPUS_OPUS_ENCODER_HOST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "opus/opus_library.h"

namespace earshot {

// Settings of a mono voice encoder; the caller has checked the ranges.
struct OpusEncoderSettings {
  int sample_rate_hz = 48000;
  int bitrate_bps = 32000;        // 6000..510000.
  int expected_loss_percent = 0;  // 0..100; LBRR is only written above 0.
  bool in_band_fec = false;
  bool dtx = false;
  bool voice = true;  // VOIP, else AUDIO.
  // 0..10: how much time the encoder takes for its choices; else libopus's own.
  std::optional<int> complexity;
  // Deep redundancy: 0..1000, in steps of 10. Above 0 the library must have
  // OpusFeatures::dred and `expected_loss_percent` must not be 0.
  int dred_ms = 0;
};

// A small Opus encoder: for publishing and for tests.
class OpusEncoderHost {
 public:
  OpusEncoderHost(const OpusLibrary& library,
                  const OpusEncoderSettings& settings);
  // Of the libopus that is built in.
  explicit OpusEncoderHost(const OpusEncoderSettings& settings)
      : OpusEncoderHost(OpusLibrary::BuiltIn(), settings) {}

  OpusEncoderHost(const OpusEncoderHost&) = delete;
  OpusEncoderHost& operator=(const OpusEncoderHost&) = delete;

  // Encodes one frame of 2.5, 5, 10, 20, 40 or 60 ms into `out`. Returns bytes
  // written, or a negative libopus error.
  int Encode(std::span<const int16_t> pcm, std::span<uint8_t> out);

 private:
  const OpusFunctions functions_;
  std::unique_ptr<OpusEncoder, void (*)(OpusEncoder*)> encoder_;
};

}  // namespace earshot

#endif  // EARSHOT_OPUS_OPUS_ENCODER_HOST_H_
