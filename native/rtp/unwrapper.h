#ifndef EARSHOT_RTP_UNWRAPPER_H_
#define EARSHOT_RTP_UNWRAPPER_H_

#include <cstdint>
#include <type_traits>

namespace earshot {

// The 64-bit value nearest to `reference` that equals `wrapped` modulo the
// width of `Unsigned`. Exactly half a turn away counts as behind.
template <typename Unsigned>
int64_t UnwrapNear(Unsigned wrapped, int64_t reference) {
  static_assert(std::is_unsigned_v<Unsigned> && sizeof(Unsigned) < 8);
  const auto distance = static_cast<std::make_signed_t<Unsigned>>(
      static_cast<Unsigned>(wrapped - static_cast<Unsigned>(reference)));
  return reference + distance;
}

}  // namespace earshot

#endif  // EARSHOT_RTP_UNWRAPPER_H_
