#ifndef EARSHOT_DSP_CROSS_FADE_H_
#define EARSHOT_DSP_CROSS_FADE_H_

#include <cstdint>
#include <span>

namespace earshot {

// Fades `from` out and `to` in, interleaved and of the same length as `out`,
// which may be either of them but must not overlap them otherwise. The gains
// keep the energy for the given correlation of the two: linear for 1, equal
// power for 0.
void CrossFade(std::span<const int16_t> from, std::span<const int16_t> to,
               int channels, float correlation, std::span<int16_t> out);

// Multiplies by a gain that goes in a straight line from `first_gain` to 1.
void RampToUnity(std::span<int16_t> pcm, int channels, float first_gain);

}  // namespace earshot

#endif  // EARSHOT_DSP_CROSS_FADE_H_
