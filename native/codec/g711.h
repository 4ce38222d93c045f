#ifndef EARSHOT_CODEC_G711_H_
#define EARSHOT_CODEC_G711_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace earshot {

// ITU-T G.711 codes to 16-bit samples, computed by the compiler. A code is a
// sign, a segment of 3 bits and a step of 4; both laws send some bits inverted.

// µ-law (G.711 table 2): every bit is inverted; 14-bit values, here times 4.
constexpr int16_t DecodeMuLaw(uint8_t code) {
  constexpr int kBias = 33;  // Makes every segment start at a power of two.
  const int bits = ~code & 0xff;
  const int segment = (bits >> 4) & 7;
  const int step = bits & 15;
  const int magnitude = ((2 * step + kBias) << segment) - kBias;
  return static_cast<int16_t>(4 * (bits & 0x80 ? -magnitude : magnitude));
}

// A-law (G.711 table 1): every second bit is inverted; 13-bit values, here
// times 8. The two lowest segments have the same step.
constexpr int16_t DecodeALaw(uint8_t code) {
  const int bits = code ^ 0x55;
  const int segment = (bits >> 4) & 7;
  const int step = bits & 15;
  const int magnitude =
      segment == 0 ? 2 * step + 1 : (2 * step + 33) << (segment - 1);
  return static_cast<int16_t>(8 * (bits & 0x80 ? magnitude : -magnitude));
}

using G711Table = std::array<int16_t, 256>;

constexpr G711Table MakeG711Table(int16_t (*decode)(uint8_t)) {
  G711Table table = {};
  for (size_t code = 0; code < table.size(); ++code) {
    table[code] = decode(static_cast<uint8_t>(code));
  }
  return table;
}

inline constexpr G711Table kMuLaw = MakeG711Table(DecodeMuLaw);
inline constexpr G711Table kALaw = MakeG711Table(DecodeALaw);

}  // namespace earshot

#endif  // EARSHOT_CODEC_G711_H_
