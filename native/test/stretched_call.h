#ifndef EARSHOT_TEST_STRETCHED_CALL_H_
#define EARSHOT_TEST_STRETCHED_CALL_H_

#include <cstdint>
#include <vector>

#include "dsp/time_stretcher.h"

namespace earshot {

// How a signal is played: faster (above 1) or slower than it was recorded.
struct Stretching {
  int sample_rate_hz = 16000;
  int channels = 1;
  double speed = 1.25;
  Haste haste = Haste::kGentle;
};

// What came out, per channel interleaved as it went in.
struct Stretched {
  std::vector<int16_t> pcm;
  std::vector<int> source;  // Of every output sample, the input sample.
  std::vector<Join> joins;  // at_samples counts from the start of the output.
};

// Plays the whole signal in ticks of 10 ms, 30 ms of it in hand.
Stretched Stretch(const std::vector<int16_t>& pcm, const Stretching& how);

}  // namespace earshot

#endif  // EARSHOT_TEST_STRETCHED_CALL_H_
