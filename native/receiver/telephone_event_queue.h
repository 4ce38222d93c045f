#ifndef EARSHOT_RECEIVER_TELEPHONE_EVENT_QUEUE_H_
#define EARSHOT_RECEIVER_TELEPHONE_EVENT_QUEUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "rtp/telephone_event.h"

namespace earshot {

// Key presses beside the audio, until the host takes them. When it does not,
// the oldest make way and are counted.
class TelephoneEventQueue {
 public:
  void Push(int clock_rate_hz, int64_t position_ticks,
            std::span<const uint8_t> payload, int64_t arrival_us);

  // Moves events to `out`, oldest first; returns how many.
  int Take(int64_t now_us, std::span<TelephoneEvent> out);

  // When Take will have the end of a key of which nothing was heard any more.
  std::optional<int64_t> ExpiresUs() const;

  int64_t dropped() const { return dropped_; }

 private:
  static constexpr size_t kCapacity = 16;

  void Add(const TelephoneEvent& event);

  std::optional<TelephoneEventTracker> tracker_;
  std::array<TelephoneEvent, kCapacity> events_;
  size_t count_ = 0;
  int64_t dropped_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_TELEPHONE_EVENT_QUEUE_H_
