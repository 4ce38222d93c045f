#ifndef EARSHOT_RECEIVER_PLAYOUT_TIME_H_
#define EARSHOT_RECEIVER_PLAYOUT_TIME_H_

#include <cstdint>

#include "receiver/decode_cursor.h"
#include "receiver/pull_clock.h"
#include "receiver/sample_time.h"
#include "receiver/sender_clock.h"

namespace earshot {

// The listener's time against the sender's: how late a sample of the timeline
// is, and how late it may be.
class PlayoutTime : public SampleTime {
 public:
  // `live`: where the timeline is written. The references must outlive this
  // object.
  PlayoutTime(int sample_rate_hz, int64_t max_delay_us,
              const SenderClock& clock, const DecodeCursor& live);

  void OnPull(int64_t now_us);

  // The tick that is played now, and the one that can play what came then.
  int64_t tick_us() const { return pulls_.tick_us(); }
  int64_t TickAfterUs(int64_t arrival_us) const {
    return pulls_.TickAfterUs(arrival_us);
  }

  // The delay of a sample that is played now, over the minimum-delay line.
  int64_t DelayUs(int64_t media_sample) const;

  // The first sample that has no greater delay.
  int64_t SampleAtDelay(int64_t delay_us) const;

  // The greatest delay over the line, now.
  int64_t limit_us() const { return limit_us_; }

 private:
  const int64_t max_delay_us_;
  const SenderClock& clock_;
  const DecodeCursor& live_;
  PullClock pulls_;
  int64_t limit_us_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_TIME_H_
