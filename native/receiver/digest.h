#ifndef EARSHOT_RECEIVER_DIGEST_H_
#define EARSHOT_RECEIVER_DIGEST_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace earshot {

// Tells bytes of one length from others without keeping them: two that differ
// have the same digest once in 2^32. Not against those who look for such two.
//
// Every step is a bijection of the state, so that bytes that differ in one word
// only never meet; turned, the upper bits of a word reach all others. The
// factor is 2^64 over the golden ratio.
inline uint32_t DigestOf(std::span<const std::byte> bytes) {
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15;
  uint64_t digest = 0;
  uint64_t word = 0;
  const std::byte* at = bytes.data();
  const size_t words = bytes.size() / sizeof(word);
  for (size_t i = 0; i < words; ++i, at += sizeof(word)) {
    std::memcpy(&word, at, sizeof(word));
    digest = std::rotl((digest ^ word) * kFactor, 32);
  }
  if (const size_t rest = bytes.size() % sizeof(word); rest > 0) {
    word = 0;
    std::memcpy(&word, at, rest);
    digest = std::rotl((digest ^ word) * kFactor, 32);
  }
  return static_cast<uint32_t>(digest * kFactor >> 32);
}

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_DIGEST_H_
