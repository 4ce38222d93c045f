#ifndef EARSHOT_OPUS_DRED_DECODER_H_
#define EARSHOT_OPUS_DRED_DECODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "opus/opus_library.h"
#include "opus/opus_packet.h"

namespace earshot {

// Where the audio lies that a packet's deep redundancy describes, counted back
// from the packet's first sample. Nothing where both are the same.
struct DredReach {
  int oldest_ticks = 0;
  int newest_ticks = 0;  // Above 0 where the sender was silent since.

  bool Holds(int from_ticks, int duration_ticks) const {
    return duration_ticks > 0 && from_ticks <= oldest_ticks &&
           from_ticks - duration_ticks >= newest_ticks;
  }
};

// Reads the deep redundancy (DRED) that a packet carries: a coarse description
// of up to a second of speech before it
// (draft-ietf-mlcodec-opus-dred). OpusDecoderHost::DecodeDred makes audio of
// it. What 1.5 and 1.6 write is not interoperable; a library ignores the
// other's. Reading costs a network's run over what is asked for: do it at a
// hole only.
class DredDecoder {
 public:
  // The longest that a sender describes, rounded down (dnn/dred_config.h of
  // 1.5.2: 26 steps of 40 ms).
  static constexpr int kMaxTicks = 1000 * kTicksPerMs;

  // `library` must have OpusFeatures::dred.
  explicit DredDecoder(const OpusLibrary& library);

  DredDecoder(const DredDecoder&) = delete;
  DredDecoder& operator=(const DredDecoder&) = delete;

  // Reads `ticks` back from `payload`, or as far as it tells, in place of what
  // was read before.
  const DredReach& Read(std::span<const uint8_t> payload, int ticks);

  const DredReach& reach() const { return reach_; }
  // Of use where `reach()` holds something.
  const OpusDRED* redundancy() const { return redundancy_.get(); }

 private:
  const OpusFunctions functions_;
  DredReach reach_;
  std::unique_ptr<OpusDREDDecoder, void (*)(OpusDREDDecoder*)> decoder_;
  std::unique_ptr<OpusDRED, void (*)(OpusDRED*)> redundancy_;
};

}  // namespace earshot

#endif  // EARSHOT_OPUS_DRED_DECODER_H_
