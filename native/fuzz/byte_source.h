#ifndef EARSHOT_FUZZ_BYTE_SOURCE_H_
#define EARSHOT_FUZZ_BYTE_SOURCE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace earshot {

// The fuzzer's bytes, read from the front so that seeds can be written by hand.
// Past the end everything is zero.
class ByteSource {
 public:
  explicit ByteSource(std::span<const uint8_t> bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }

  uint8_t U8() {
    if (rest_.empty()) return 0;
    const uint8_t byte = rest_[0];
    rest_ = rest_.subspan(1);
    return byte;
  }
  uint16_t U16() {
    const int high = U8();
    return static_cast<uint16_t>(high << 8 | U8());
  }
  uint32_t U32() {
    const uint32_t high = U16();
    return high << 16 | U16();
  }
  // At most `size` bytes.
  std::span<const uint8_t> Bytes(size_t size) {
    const auto bytes = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(bytes.size());
    return bytes;
  }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace earshot

#endif  // EARSHOT_FUZZ_BYTE_SOURCE_H_
