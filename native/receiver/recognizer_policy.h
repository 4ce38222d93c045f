#ifndef EARSHOT_RECEIVER_RECOGNIZER_POLICY_H_
#define EARSHOT_RECEIVER_RECOGNIZER_POLICY_H_

#include <cstdint>

#include "receiver/delay_model.h"

namespace earshot {

// Why the next samples are not simply there.
enum class HeadKind {
  kReady,  // The packet at the head is here.
  kPause,  // The next packet is here, and its timestamp skips ahead on purpose.
  kHole,   // Newer packets are here, the one at the head is not.
  kTail,   // Nothing newer is known.
  kSilentTail,  // The same, after the sender's codec had announced silence.
  kNothing,     // No stream yet, or it has gone quiet.
};

// Everything a decision depends on but for what the path has taught.
struct HeadState {
  HeadKind kind = HeadKind::kNothing;
  bool lbrr_covers_head = false;  // The packet behind the hole has the copy.
  bool ended = false;             // No packet will come any more.
  int64_t hole_visible_us = 0;    // When the first newer packet came.
  int64_t queued_us = 0;          // Of audio, waiting behind the hole.
  int64_t line_us = 0;      // The minimum-delay line of the frame at the head.
  int64_t deadline_us = 0;  // Of the same frame.
  int64_t now_us = 0;
};

enum class Verdict {
  kAct,   // Do what the head calls for, now.
  kWait,  // Until `wake_us`, or for a packet.
};

struct Decision {
  Verdict verdict = Verdict::kWait;
  int64_t wake_us = -1;  // With kWait; -1 is "only a packet can change it".
};

// How much of announced silence is handed out at once behind packets of this
// length. Never so much that a packet that ends it is waited for longer than
// for its own deadline.
int SilenceTicks(int packet_ticks, int64_t deadline_us,
                 const DelayModel& delays);

// Delivery for a listener that needs every sample, in order, soon: no clock to
// keep, so only a hole or the end of the stream ever waits. Pure.
Decision Decide(const HeadState& head, const DelayModel& delays);

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_RECOGNIZER_POLICY_H_
