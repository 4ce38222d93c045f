#ifndef EARSHOT_OPUS_OPUS_DECODER_HOST_H_
#define EARSHOT_OPUS_OPUS_DECODER_HOST_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct OpusDecoder;

namespace earshot {

// One mono libopus decoder at the rate the listener wants; libopus mixes stereo
// down by itself. All lengths are in samples at that rate. Nothing allocates
// after the constructor.
class OpusDecoderHost {
 public:
  // `sample_rate_hz`: 8000, 12000, 16000, 24000 or 48000.
  explicit OpusDecoderHost(int sample_rate_hz);

  OpusDecoderHost(const OpusDecoderHost&) = delete;
  OpusDecoderHost& operator=(const OpusDecoderHost&) = delete;

  // Decodes a packet into `out`, which must have room for it. Returns samples
  // written, or a negative libopus error for a packet it refuses.
  int Decode(std::span<const uint8_t> payload, std::span<int16_t> out);

  // Fills `out` with the copy (LBRR) that `next_payload` holds of the audio
  // just before it; whatever of `out` the copy does not reach is concealed. The
  // length must be a multiple of 2.5 ms. Returns samples, or a negative libopus
  // error.
  int DecodeLbrr(std::span<const uint8_t> next_payload, std::span<int16_t> out);

  // Fills `out` with concealment, or with the codec's comfort noise after a DTX
  // packet. The length must be a multiple of 2.5 ms, at most 120 ms.
  int Conceal(std::span<int16_t> out);

  void Reset();

  // What a decoder knows, to go on from later. The state of libopus is one flat
  // block that may be copied (opus.h, "Opus Decoder"); whether that still holds
  // is tested for the library in use.
  class Snapshot {
   public:
    explicit Snapshot(const OpusDecoderHost& decoder);

   private:
    friend class OpusDecoderHost;
    std::vector<uint8_t> state_;
  };
  void SaveTo(Snapshot& snapshot) const;
  void RestoreFrom(const Snapshot& snapshot);

  // Exchanges the states of two decoders of the same rate.
  void SwapWith(OpusDecoderHost& other) { decoder_.swap(other.decoder_); }

 private:
  struct Destroy {
    void operator()(OpusDecoder* decoder) const;
  };
  std::unique_ptr<OpusDecoder, Destroy> decoder_;
};

}  // namespace earshot

#endif  // EARSHOT_OPUS_OPUS_DECODER_HOST_H_
