#ifndef EARSHOT_RECEIVER_PLAYOUT_POLICY_H_
#define EARSHOT_RECEIVER_PLAYOUT_POLICY_H_

#include <cstdint>

#include "dsp/time_stretcher.h"

namespace earshot {

// Everything that a decision about the next 10 ms depends on.
struct PlayoutState {
  int64_t delay_us = 0;   // Of what is played next, over the line.
  int64_t target_us = 0;  // See TargetDelay.
  int64_t pause_target_us = 0;
  int64_t max_us = 0;  // What the delay must not exceed.
  // The latest of the last packets, rounded up to a tick.
  int64_t recent_late_us = 0;
  int64_t level_us = 0;     // Audio that is here and not played yet.
  bool is_overdue = false;  // Nothing newer than that audio is here.
};

enum class PlayoutAction {
  kPlay,
  kShorten,
  kLengthen,
};

struct PlayoutDecision {
  PlayoutAction action = PlayoutAction::kPlay;
  Haste haste = Haste::kGentle;
  int64_t most_us = 0;  // To be cut or repeated.
};

// Whether the next audio is played as it is, or made shorter to come back to
// the target, or longer to reach it or to outlast a stall. Pure.
PlayoutDecision DecidePlayout(const PlayoutState& state);

// How long after a change of that length nothing is changed again, so that
// speech is never much faster or slower than it was spoken.
int64_t RestAfterChangeUs(int64_t changed_us, Haste haste);

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_POLICY_H_
