#ifndef EARSHOT_DSP_LEVEL_H_
#define EARSHOT_DSP_LEVEL_H_

#include <cstdint>
#include <span>

namespace earshot {

constexpr float kSilenceDb = -127.0f;  // RFC 6464 3: the lowest level there is.

// RMS level in dB relative to full scale, -127..0.
float LevelDb(std::span<const int16_t> pcm);

}  // namespace earshot

#endif  // EARSHOT_DSP_LEVEL_H_
