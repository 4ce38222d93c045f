#ifndef EARSHOT_DSP_PITCH_SEARCH_H_
#define EARSHOT_DSP_PITCH_SEARCH_H_

#include <cstdint>
#include <span>

namespace earshot {

constexpr int kMaxPitchMs = 15;  // 67 Hz.
// What a search looks at: 20 ms, and as much again one period earlier.
constexpr int kPitchSearchMs = 20 + kMaxPitchMs;

struct Pitch {
  int period_samples = 0;  // 2.5..15 ms.
  float correlation = -2;  // Normalised, -1..1: how much the sound repeats.
};

// The period after which the newest audio is most like itself. `past` ends now;
// its last 35 ms are looked at. The rate is a multiple of 8 kHz, up to 48 kHz.
Pitch FindPitch(std::span<const int16_t> past, int sample_rate_hz);

}  // namespace earshot

#endif  // EARSHOT_DSP_PITCH_SEARCH_H_
