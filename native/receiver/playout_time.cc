#include "receiver/playout_time.h"

#include <algorithm>

namespace earshot {
namespace {

// What the line is expected to fall yet, below the greatest delay: up to 4 ms
// in the first 15 s on paths whose queues are seldom empty.
constexpr int64_t kMarginUs = 5'000;
constexpr int64_t kMarginRatio = 32;

}  // namespace

PlayoutTime::PlayoutTime(int sample_rate_hz, int64_t max_delay_us,
                         const SenderClock& clock, const DecodeCursor& live)
    : SampleTime(sample_rate_hz),
      max_delay_us_(max_delay_us),
      clock_(clock),
      live_(live),
      limit_us_(max_delay_us) {}

// The greatest delay is meant over the path at its best. The line, from which
// delays count, may have risen above that, and may still fall a little. No more
// than half is taken off, lest a path that slowed down bit by bit be silent.
void PlayoutTime::OnPull(int64_t now_us) {
  pulls_.OnPull(now_us);
  const int64_t margin_us = std::min(kMarginUs, max_delay_us_ / kMarginRatio);
  limit_us_ =
      std::max(max_delay_us_ - clock_.RiseUs() - margin_us, max_delay_us_ / 2);
}

// As if a sample's packet had ended with it, so that a frame played when it
// comes over the best path has no delay.
int64_t PlayoutTime::DelayUs(int64_t media_sample) const {
  return tick_us() -
         clock_.LineUs(TicksOf(media_sample) + live_.place().last_packet_ticks);
}

int64_t PlayoutTime::SampleAtDelay(int64_t delay_us) const {
  const int64_t ticks =
      clock_.PositionAt(tick_us() - delay_us) - live_.place().last_packet_ticks;
  const int64_t sample = SampleAtTicks(std::max<int64_t>(0, ticks));
  // PositionAt leaves the drift out. Rounded up: to no greater delay.
  return std::max<int64_t>(0,
                           sample + SamplesOf(DelayUs(sample) - delay_us) + 1);
}

}  // namespace earshot
