#include "receiver/playout_policy.h"

#include <algorithm>

namespace earshot {
namespace {

// Within this of where it should be the delay is left alone.
constexpr int64_t kToleranceUs = 1'000;
// Up to here it is brought back in pauses only.
constexpr int64_t kPauseOnlyUs = 4'000;
// As late as the last packets it stays, by the tick; this far above the target
// without what the rounding to ticks adds on average.
constexpr int64_t kFarOffUs = 20'000;
constexpr int64_t kMeanRoundingUs = 5'000;
// From here on speech is hurried rather than late.
constexpr int64_t kHurryUs = 60'000;
// What is left to play after a cut.
constexpr int64_t kLeastLevelUs = 12'000;
// In a stall speech is slowed down while there is still some.
constexpr int64_t kMostStallLevelUs = 60'000;
constexpr int64_t kLeastStallTargetUs = 20'000;
// A period of a low voice: what is repeated is rarely shorter.
constexpr int64_t kLeastRepeatUs = 12'000;
constexpr int64_t kLongestRepeatUs = 15'000;
// With less audio in hand the next 10 ms may be missing; a pause is stretched.
constexpr int64_t kRunningDryUs = 20'000;
constexpr int64_t kLongestPauseRepeatUs = 10'000;

Haste HasteFor(int64_t off_us) {
  if (off_us > kHurryUs) return Haste::kHurry;
  return off_us > kPauseOnlyUs ? Haste::kGentle : Haste::kInPauses;
}

}  // namespace

PlayoutDecision DecidePlayout(const PlayoutState& state) {
  // Nothing is given away while it is not clear how late the next packet is.
  const bool is_running_dry =
      state.is_overdue && state.level_us < kRunningDryUs;
  const bool is_far_off = state.delay_us > state.target_us + kFarOffUs;
  const int64_t kept_us =
      state.recent_late_us - (is_far_off ? kMeanRoundingUs : 0);
  const int64_t wanted_us = std::max(
      {state.target_us, kept_us, is_running_dry ? state.pause_target_us : 0});
  const int64_t excess_us = state.delay_us - wanted_us;
  if (excess_us > kToleranceUs) {
    const int64_t spare_us = state.level_us - kLeastLevelUs;
    const int64_t most_us = std::min(excess_us, spare_us);
    if (most_us <= 0) return {};
    return {PlayoutAction::kShorten, HasteFor(excess_us), most_us};
  }
  const int64_t room_us = state.max_us - state.delay_us;
  if (room_us <= 0) return {};
  if (state.delay_us < state.target_us - kToleranceUs) {
    const int64_t lack_us = state.target_us - state.delay_us;
    const Haste haste = HasteFor(lack_us);
    const int64_t most_us =
        haste == Haste::kInPauses ? lack_us : std::max(lack_us, kLeastRepeatUs);
    return {PlayoutAction::kLengthen, haste, std::min(most_us, room_us)};
  }
  const int64_t stall_level_us =
      std::min(kMostStallLevelUs, state.target_us / 2);
  if (state.is_overdue && state.target_us >= kLeastStallTargetUs &&
      state.level_us < stall_level_us) {
    return {PlayoutAction::kLengthen, Haste::kHurry,
            std::min(kLongestRepeatUs, room_us)};
  }
  const int64_t pause_lack_us = state.pause_target_us - state.delay_us;
  if (is_running_dry && pause_lack_us > kToleranceUs) {
    return {PlayoutAction::kLengthen, Haste::kInPauses,
            std::min({pause_lack_us, kLongestPauseRepeatUs, room_us})};
  }
  return {};
}

int64_t RestAfterChangeUs(int64_t changed_us, Haste haste) {
  // Up to 1.5 times as fast or slow, 2 times in haste.
  return haste == Haste::kHurry ? changed_us : changed_us * 2;
}

}  // namespace earshot
