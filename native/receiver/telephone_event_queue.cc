#include "receiver/telephone_event_queue.h"

#include <algorithm>

namespace earshot {

void TelephoneEventQueue::Push(int clock_rate_hz, int64_t position_ticks,
                               std::span<const uint8_t> payload,
                               int64_t arrival_us) {
  if (!tracker_) tracker_.emplace(clock_rate_hz);
  for (const TelephoneEvent& event :
       tracker_->Push(position_ticks, payload, arrival_us)) {
    Add(event);
  }
}

int TelephoneEventQueue::Take(int64_t now_us, std::span<TelephoneEvent> out) {
  if (tracker_) {
    if (const auto event = tracker_->Expire(now_us)) Add(*event);
  }
  const size_t taken = std::min(count_, out.size());
  std::copy_n(events_.begin(), taken, out.begin());
  std::copy(events_.begin() + static_cast<std::ptrdiff_t>(taken),
            events_.begin() + static_cast<std::ptrdiff_t>(count_),
            events_.begin());
  count_ -= taken;
  return static_cast<int>(taken);
}

std::optional<int64_t> TelephoneEventQueue::ExpiresUs() const {
  return tracker_ ? tracker_->expires_us() : std::nullopt;
}

void TelephoneEventQueue::Add(const TelephoneEvent& event) {
  if (count_ == kCapacity) {
    std::copy(events_.begin() + 1, events_.end(), events_.begin());
    --count_;
    ++dropped_;
  }
  events_[count_++] = event;
}

}  // namespace earshot
