#include "receiver/payload_slab.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

namespace earshot {
namespace {

constexpr uint64_t kFreeUnits = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kUsedUnits = 0;

}  // namespace

PayloadSlab::PayloadSlab(size_t bytes)
    : units_((UnitsOf(bytes) + kWordBits - 1) / kWordBits * kWordBits),
      used_(units_.span().size() / kWordBits) {
  assert(units_.span().size() - 1 <= std::numeric_limits<uint16_t>::max());
}

size_t PayloadSlab::UnitsOf(size_t bytes) {
  return std::max<size_t>(1, (bytes + kUnitBytes - 1) / kUnitBytes);
}

std::optional<uint16_t> PayloadSlab::Store(std::span<const uint8_t> payload) {
  const size_t units = UnitsOf(payload.size());
  const size_t end = units_.span().size();
  auto first = FindFree(next_, end, units);
  if (!first) first = FindFree(0, std::min(end, next_ + units - 1), units);
  if (!first) return std::nullopt;
  Mark(*first, units, ~uint64_t{0});
  next_ = *first + units;
  std::copy(payload.begin(), payload.end(), units_[*first].begin());
  return static_cast<uint16_t>(*first);
}

void PayloadSlab::Free(uint16_t place, size_t bytes) {
  Mark(place, UnitsOf(bytes), 0);
}

// The first of `units` free ones in a row between `from` and `end`.
std::optional<size_t> PayloadSlab::FindFree(size_t from, size_t end,
                                            size_t units) const {
  while (from + units <= end) {
    const size_t first = NextUnit(from, kFreeUnits);
    if (first + units > end) break;
    from = NextUnit(first, kUsedUnits);
    if (from - first >= units) return first;
  }
  return std::nullopt;
}

// The first free or used one from `from` on; the number of all where there is
// none.
size_t PayloadSlab::NextUnit(size_t from, uint64_t flipped) const {
  size_t word = from / kWordBits;
  if (word == used_.size()) return units_.span().size();
  uint64_t bits = (used_[word] ^ flipped) & (~uint64_t{0} << from % kWordBits);
  while (bits == 0) {
    if (++word == used_.size()) return units_.span().size();
    bits = used_[word] ^ flipped;
  }
  return word * kWordBits + static_cast<size_t>(std::countr_zero(bits));
}

void PayloadSlab::Mark(size_t first, size_t units, uint64_t value) {
  while (units > 0) {
    const size_t shift = first % kWordBits;
    const size_t count = std::min(units, kWordBits - shift);
    const uint64_t mask = (~uint64_t{0} >> (kWordBits - count)) << shift;
    uint64_t& word = used_[first / kWordBits];
    assert((word & mask) == (~value & mask));
    word = (word & ~mask) | (value & mask);
    first += count;
    units -= count;
  }
}

}  // namespace earshot
