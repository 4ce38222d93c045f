#ifndef EARSHOT_RECEIVER_SAMPLE_TIME_H_
#define EARSHOT_RECEIVER_SAMPLE_TIME_H_

#include <cstdint>

#include "opus/opus_packet.h"

namespace earshot {

// Samples of one rate, counted per channel, as time and back. Rounded down.
class SampleTime {
 public:
  explicit SampleTime(int rate_hz) : rate_hz_(rate_hz) {}

  int64_t TicksOf(int64_t sample) const {
    return sample * kTicksPerSecond / rate_hz_;
  }
  int64_t SampleAtTicks(int64_t ticks) const {
    return ticks * rate_hz_ / kTicksPerSecond;
  }
  int64_t UsOf(int64_t samples) const { return samples * 1'000'000 / rate_hz_; }
  int SamplesOf(int64_t us) const {
    return static_cast<int>(us * rate_hz_ / 1'000'000);
  }
  int CellSamples() const {  // The timeline's 2.5 ms.
    return rate_hz_ * kGridTicks / kTicksPerSecond;
  }

 private:
  int rate_hz_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_SAMPLE_TIME_H_
