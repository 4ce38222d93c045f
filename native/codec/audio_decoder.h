#ifndef EARSHOT_CODEC_AUDIO_DECODER_H_
#define EARSHOT_CODEC_AUDIO_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/packed_state.h"

namespace earshot {

// How a decoder makes up audio that is lost.
enum class Concealment {
  kClassic,
  kDeep,  // By a neural vocoder, where the codec's library has one; else
          // classic.
};

// A decoder of one codec, at the rate and the number of channels that the
// listener wants. Lengths are in samples of all channels, interleaved. Nothing
// allocates after the constructor.
class AudioDecoder {
 public:
  virtual ~AudioDecoder() = default;

  // Decodes a packet into `out`, which must have room for it. Returns samples
  // written, or a negative number for a packet it refuses.
  virtual int Decode(std::span<const uint8_t> payload,
                     std::span<int16_t> out) = 0;

  // Fills `out` with the copy that `next_payload` holds of the audio just
  // before it (Opus LBRR); whatever of `out` the copy does not reach is
  // concealed. The length must be a multiple of 2.5 ms. Returns samples, or a
  // negative number where there is no such copy.
  virtual int DecodeLbrr(std::span<const uint8_t> next_payload,
                         std::span<int16_t> out) = 0;

  // Fills `out` with concealment, or with the codec's comfort noise after a
  // packet that announced silence. Deep concealment can begin with the first
  // lost frame only; else it stays classic. The length must be a multiple
  // of 2.5 ms, at most 120 ms.
  virtual int Conceal(std::span<int16_t> out, Concealment concealment) = 0;

  // Takes a comfort noise payload (RFC 3389) that was sent in the place of
  // audio: until the next Decode, Conceal makes the noise it describes. A codec
  // with announcements of its own takes no notice.
  virtual void AnnounceSilence(std::span<const uint8_t> payload) = 0;

  // Forgets the past.
  virtual void Reset() = 0;

  // What a decoder knows is one flat block, so that it can go on from there
  // later, also in another decoder of the same kind.
  virtual size_t StateBytes() const = 0;
  virtual void SaveTo(PackedState& state) const = 0;
  virtual void RestoreFrom(const PackedState& state) = 0;

  // Goes on from where another of the same kind is.
  virtual void CopyFrom(const AudioDecoder& other) = 0;
};

}  // namespace earshot

#endif  // EARSHOT_CODEC_AUDIO_DECODER_H_
