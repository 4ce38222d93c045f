#ifndef EARSHOT_CODEC_PACKED_STATE_H_
#define EARSHOT_CODEC_PACKED_STATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace earshot {

// The state of a decoder, without its blocks of nothing but zeros: libopus has
// one for each of its codecs, and who speaks uses one of them at a time. Room
// for the whole is there from the beginning; what a state leaves of it is not
// touched (see UntouchedMemory).
class PackedState {
 public:
  explicit PackedState(size_t state_bytes) { Fit(state_bytes); }

  // Makes room for states of this length, forgetting what was there where they
  // were shorter.
  void Fit(size_t state_bytes);

  // Copies a state in, for which there must be room, and a byte that goes with
  // it.
  void Pack(std::span<const uint8_t> state, uint8_t beside);

  // Writes what was packed; `state` must be as long as it was.
  void Unpack(std::span<uint8_t> state) const;
  uint8_t beside() const { return beside_; }

  // Bytes that the packed state takes.
  size_t size() const { return size_; }

  bool operator==(const PackedState& other) const;

 private:
  static constexpr size_t kBlockBytes = 64;
  static constexpr size_t kWordBits = 64;

  static size_t BlocksOf(size_t bytes) {
    return (bytes + kBlockBytes - 1) / kBlockBytes;
  }
  // A bit for each block: whether it is here.
  static size_t MapBytes(size_t state_bytes) {
    return (BlocksOf(state_bytes) + kWordBits - 1) / kWordBits *
           sizeof(uint64_t);
  }

  std::unique_ptr<uint8_t[]> bytes_;  // The map, then the blocks.
  size_t capacity_ = 0;               // Of a state.
  size_t size_ = 0;
  uint8_t beside_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_CODEC_PACKED_STATE_H_
