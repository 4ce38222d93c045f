#ifndef EARSHOT_TEST_TEST_SIGNALS_H_
#define EARSHOT_TEST_TEST_SIGNALS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "simulated_call.h"

namespace earshot {

// A voice of steady pitch: harmonics up to 3.5 kHz, weaker the higher.
std::vector<int16_t> Voice(double pitch_hz, int sample_rate_hz, int samples);

// White noise between -peak and peak.
std::vector<int16_t> Noise(Random& random, int samples, int peak);

int LargestStep(std::span<const int16_t> pcm);

}  // namespace earshot

#endif  // EARSHOT_TEST_TEST_SIGNALS_H_
