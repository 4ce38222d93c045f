#ifndef EARSHOT_RECEIVER_CONFIDENCE_H_
#define EARSHOT_RECEIVER_CONFIDENCE_H_

#include <cstdint>

#include "receiver/frame.h"

namespace earshot {

// How far the audio can be trusted, 0..1: falls with concealment, and after it
// recovers over the frames in which the decoder converges to the sender's
// encoder again.
class Confidence {
 public:
  // Of the next frame.
  float Next(Provenance provenance, int64_t duration_ticks);

  // Of a frame that was decoded again.
  static float OfRepair(Provenance provenance);

 private:
  int64_t concealed_ticks_ = 0;             // In the run that is going on.
  int64_t real_ticks_ = kConvergenceTicks;  // Since the last of it.
  static constexpr int64_t kConvergenceTicks = 100 * 48;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_CONFIDENCE_H_
