#ifndef EARSHOT_RECEIVER_PAYLOAD_SLAB_H_
#define EARSHOT_RECEIVER_PAYLOAD_SLAB_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "receiver/untouched_memory.h"

namespace earshot {

// Room for the payloads of packets, each in one piece. Bounded, allocated once.
// The first piece that is long enough is taken, so that what a stream never
// holds at once stays untouched (see UntouchedMemory), and the rest in caches.
class PayloadSlab {
 public:
  // Rounded up to 2 KB; at most 2 MB.
  explicit PayloadSlab(size_t bytes);

  // Copies a payload in and returns its place, or nothing when there is no
  // piece of that length. An empty one takes up a place, too.
  std::optional<uint16_t> Store(std::span<const uint8_t> payload);

  // Gives a place back; `bytes` of payload are in it.
  void Free(uint16_t place, size_t bytes);

  std::span<const uint8_t> At(uint16_t place, size_t bytes) const {
    return {units_.span()[place].data(), bytes};
  }

 private:
  // A 20 ms voice packet takes two or three.
  static constexpr size_t kUnitBytes = 32;
  static constexpr size_t kWordBits = 64;

  static size_t UnitsOf(size_t bytes);
  size_t NextUnit(size_t from, size_t end, uint64_t flipped) const;
  std::optional<size_t> FindFree(size_t from, size_t units) const;
  void Mark(size_t first, size_t units, uint64_t value);

  UntouchedMemory<std::array<uint8_t, kUnitBytes>> units_;
  std::vector<uint64_t> used_;  // A bit for each unit.
  size_t all_used_below_ = 0;   // Where the search begins.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PAYLOAD_SLAB_H_
