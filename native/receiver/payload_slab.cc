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
  const auto first = FindFree(all_used_below_, units);
  if (!first) return std::nullopt;
  Mark(*first, units, ~uint64_t{0});
  if (*first == all_used_below_) all_used_below_ += units;
  std::copy(payload.begin(), payload.end(), units_[*first].begin());
  return static_cast<uint16_t>(*first);
}

void PayloadSlab::Free(uint16_t place, size_t bytes) {
  Mark(place, UnitsOf(bytes), 0);
  all_used_below_ = std::min<size_t>(all_used_below_, place);
}

// The first of `units` free ones in a row from `from` on.
std::optional<size_t> PayloadSlab::FindFree(size_t from, size_t units) const {
  const size_t end = units_.span().size();
  while (from + units <= end) {
    const size_t first = NextUnit(from, end, kFreeUnits);
    if (first + units > end) break;
    from = NextUnit(first, first + units, kUsedUnits);
    if (from == first + units) return first;
  }
  return std::nullopt;
}

// The first free or used one between `from` and `end`; `end` where there is
// none.
size_t PayloadSlab::NextUnit(size_t from, size_t end, uint64_t flipped) const {
  if (from >= end) return end;
  size_t word = from / kWordBits;
  uint64_t bits = (used_[word] ^ flipped) & (~uint64_t{0} << from % kWordBits);
  while (bits == 0) {
    if (++word * kWordBits >= end) return end;
    bits = used_[word] ^ flipped;
  }
  const auto bit = static_cast<size_t>(std::countr_zero(bits));
  return std::min(end, word * kWordBits + bit);
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
