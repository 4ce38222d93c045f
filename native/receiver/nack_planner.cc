#include "receiver/nack_planner.h"

#include <algorithm>

#include "receiver/frame.h"

namespace earshot {
namespace {

// Packets that overtake one another by less are not asked for.
constexpr int64_t kReorderUs = 10'000;
constexpr int kMostAsked = 2;

}  // namespace

void NackPlanner::OnMissing(int64_t sequence, int64_t since_us) {
  if (rtt_us_ == 0) return;
  if (count_ == kCapacity) Remove(0);  // The oldest has the least use.
  missing_[count_++] = {sequence, since_us + kReorderUs, since_us + useful_us_};
}

void NackPlanner::OnHere(int64_t sequence) {
  for (size_t i = 0; i < count_; ++i) {
    if (missing_[i].sequence == sequence) {
      Remove(i);
      return;
    }
  }
}

int NackPlanner::Take(int64_t now_us, std::span<NackRequest> out) {
  size_t written = 0;
  for (size_t i = 0; i < count_ && written < out.size();) {
    Missing& one = missing_[i];
    if (now_us < one.ask_us) {
      ++i;
      continue;
    }
    if (now_us + rtt_us_ > one.until_us || one.asked == kMostAsked) {
      Remove(i);
      continue;
    }
    out[written++] = {one.sequence, one.until_us};
    ++one.asked;
    // An answer takes a round trip, and jitter on the way.
    one.ask_us = now_us + rtt_us_ + rtt_us_ / 2;
    ++i;
  }
  return static_cast<int>(written);
}

int64_t NackPlanner::DueUs(int64_t now_us) const {
  int64_t due_us = kNever;
  for (const Missing& one : std::span(missing_).first(count_)) {
    if (one.ask_us <= now_us) continue;
    if (due_us == kNever || one.ask_us < due_us) due_us = one.ask_us;
  }
  return due_us;
}

void NackPlanner::Remove(size_t index) {
  std::copy(missing_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
            missing_.begin() + static_cast<std::ptrdiff_t>(count_),
            missing_.begin() + static_cast<std::ptrdiff_t>(index));
  --count_;
}

}  // namespace earshot
