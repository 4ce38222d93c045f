#ifndef EARSHOT_RECEIVER_DECODER_SNAPSHOT_H_
#define EARSHOT_RECEIVER_DECODER_SNAPSHOT_H_

#include "codec/packed_state.h"
#include "receiver/decode_cursor.h"

namespace earshot {

// A decoder and its place in the stream as they were, to go on from there.
class DecoderSnapshot {
 public:
  // With room for a decoder like that of `cursor`.
  explicit DecoderSnapshot(const DecodeCursor& cursor)
      : state_(cursor.decoder().StateBytes()) {}

  void Take(const DecodeCursor& cursor) {
    place_ = cursor.place();
    comfort_noise_ = cursor.comfort_noise();
    format_ = cursor.format();
    state_.Fit(cursor.decoder().StateBytes());
    cursor.decoder().SaveTo(state_);
  }

  void RestoreTo(DecodeCursor& cursor) const {
    cursor.place() = place_;
    cursor.comfort_noise() = comfort_noise_;
    cursor.Use(format_);
    cursor.decoder().RestoreFrom(state_);
  }

  const DecodeCursor::Place& place() const { return place_; }

 private:
  DecodeCursor::Place place_;
  CodecFormat format_;
  ComfortNoise comfort_noise_;
  PackedState state_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_DECODER_SNAPSHOT_H_
