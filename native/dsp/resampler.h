#ifndef EARSHOT_DSP_RESAMPLER_H_
#define EARSHOT_DSP_RESAMPLER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace earshot {

// Changes the sample rate by a polyphase FIR filter of linear phase, designed
// in the constructor. Of the lower rate's band the first 85 % pass, and what
// would fold onto them is more than 55 dB down. The filter itself does not
// change: each channel has a state of its own.
class Resampler {
 public:
  // The longest: 48 kHz to 8 kHz.
  static constexpr size_t kMaxPastSamples = 144;

  // The input that still matters, oldest first.
  struct State {
    std::array<int16_t, kMaxPastSamples> past = {};
  };

  // Any two of 8, 12, 16, 24, 32 and 48 kHz.
  Resampler(int input_rate_hz, int output_rate_hz);

  // How much later audio comes out: 12 samples of the lower rate, 1.5 ms at
  // 8 kHz; 0 between equal rates.
  int delay_output_samples() const { return delay_output_samples_; }

  // Samples that come out for so many put in, which must be a multiple of
  // 2.5 ms.
  size_t OutputSamples(size_t input_samples) const;

  // One channel. `output` must have exactly OutputSamples(input.size()).
  void Process(State& state, std::span<const int16_t> input,
               std::span<int16_t> output) const;

 private:
  void DesignFilter();

  const int chunk_samples_;  // 2.5 ms of input.
  int up_ = 1;               // output rate / input rate = up / down.
  int down_ = 1;
  int delay_output_samples_ = 0;
  size_t taps_per_phase_ = 1;
  // Phase by phase, each in the order of its input, oldest first.
  std::vector<float> taps_;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_RESAMPLER_H_
