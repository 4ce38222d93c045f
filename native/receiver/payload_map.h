#ifndef EARSHOT_RECEIVER_PAYLOAD_MAP_H_
#define EARSHOT_RECEIVER_PAYLOAD_MAP_H_

#include <array>
#include <optional>

#include "codec/codec.h"

namespace earshot {

// What the payload types of a stream mean.
class PayloadMap {
 public:
  static constexpr int kPayloadTypes = 128;

  void Set(int payload_type, const CodecFormat& format) {
    formats_[static_cast<size_t>(payload_type)] = format;
    is_empty_ = false;
  }

  // Of a stream of which nothing was said before: a dynamic type is Opus, a
  // static one what RFC 3551 says, together with the other static ones.
  void GuessFrom(int payload_type);

  bool is_empty() const { return is_empty_; }

  // Empty for payload types that are not to be decoded.
  const std::optional<CodecFormat>& Find(int payload_type) const {
    return formats_[static_cast<size_t>(payload_type)];
  }

 private:
  bool is_empty_ = true;
  std::array<std::optional<CodecFormat>, kPayloadTypes> formats_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PAYLOAD_MAP_H_
