#ifndef EARSHOT_DSP_TIME_STRETCHER_H_
#define EARSHOT_DSP_TIME_STRETCHER_H_

#include <cstdint>
#include <span>

#include "dsp/stretch_search.h"

namespace earshot {

// Makes audio shorter or longer by cutting or repeating a piece of it, where
// both sides of the join are alike: whole periods of voiced speech, anything of
// a pause, and noise that is steady. Never across an onset.
class TimeStretcher {
 public:
  // 8, 12, 16, 24 or 48 kHz; 1 or 2 channels.
  TimeStretcher(int sample_rate_hz, int channels)
      : sample_rate_hz_(sample_rate_hz), channels_(channels) {}

  // Finds what to cut. About 30 ms behind the fixed samples are worth giving,
  // in pauses up to 80 ms are used.
  Join FindCut(const StretchRequest& request) const;

  // Finds what to repeat. The last 20 ms of the fixed samples are used; 10 to
  // 20 ms behind them are worth giving.
  Join FindRepeat(const StretchRequest& request) const;

  // Makes the join in `buffer`, of which the first `length_samples` are the
  // audio it was found in. A buffer must have room for what is repeated.
  // Returns the new length.
  int Apply(const Join& join, std::span<int16_t> buffer,
            int length_samples) const;

  int min_lag_samples() const {
    return StretchSearch::MinLagSamples(sample_rate_hz_);
  }
  int max_lag_samples() const {
    return StretchSearch::MaxLagSamples(sample_rate_hz_);
  }

 private:
  const int sample_rate_hz_;
  const int channels_;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_TIME_STRETCHER_H_
