#include "codec/packed_state.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace earshot {
namespace {

template <size_t kBytes>
bool IsZero(const uint8_t* block) {
  std::array<uint64_t, kBytes / sizeof(uint64_t)> words;
  std::memcpy(words.data(), block, kBytes);
  uint64_t bits = 0;
  for (const uint64_t word : words) bits |= word;
  return bits == 0;
}

}  // namespace

void PackedState::Fit(size_t state_bytes) {
  if (state_bytes <= capacity_) return;
  bytes_ = std::make_unique_for_overwrite<uint8_t[]>(MapBytes(state_bytes) +
                                                     state_bytes);
  capacity_ = state_bytes;
  size_ = 0;
}

void PackedState::Pack(std::span<const uint8_t> state, uint8_t beside) {
  assert(state.size() <= capacity_);
  beside_ = beside;
  uint8_t* map = bytes_.get();
  uint8_t* packed = map + MapBytes(state.size());
  while (!state.empty()) {
    uint64_t here = 0;
    const size_t blocks = std::min(kWordBits, state.size() / kBlockBytes);
    for (size_t i = 0; i < blocks; ++i) {
      const uint8_t* const block = state.data() + i * kBlockBytes;
      if (IsZero<kBlockBytes>(block)) continue;
      std::memcpy(packed, block, kBlockBytes);
      packed += kBlockBytes;
      here |= uint64_t{1} << i;
    }
    state = state.subspan(blocks * kBlockBytes);
    // What is left is no whole block.
    if (blocks < kWordBits && !state.empty()) {
      std::memcpy(packed, state.data(), state.size());
      packed += state.size();
      here |= uint64_t{1} << blocks;
      state = {};
    }
    std::memcpy(map, &here, sizeof(here));
    map += sizeof(here);
  }
  size_ = static_cast<size_t>(packed - bytes_.get());
}

void PackedState::Unpack(std::span<uint8_t> state) const {
  const uint8_t* map = bytes_.get();
  const uint8_t* packed = map + MapBytes(state.size());
  while (!state.empty()) {
    uint64_t here;
    std::memcpy(&here, map, sizeof(here));
    map += sizeof(here);
    const size_t blocks = std::min(kWordBits, state.size() / kBlockBytes);
    for (size_t i = 0; i < blocks; ++i, here >>= 1) {
      uint8_t* const block = state.data() + i * kBlockBytes;
      if (here & 1) {
        std::memcpy(block, packed, kBlockBytes);
        packed += kBlockBytes;
      } else {
        std::memset(block, 0, kBlockBytes);
      }
    }
    state = state.subspan(blocks * kBlockBytes);
    if (blocks < kWordBits && !state.empty()) {
      std::memcpy(state.data(), packed, state.size());
      packed += state.size();
      state = {};
    }
  }
  assert(packed == bytes_.get() + size_);
}

bool PackedState::operator==(const PackedState& other) const {
  return beside_ == other.beside_ && size_ == other.size_ &&
         std::equal(bytes_.get(), bytes_.get() + size_, other.bytes_.get());
}

}  // namespace earshot
