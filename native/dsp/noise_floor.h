#ifndef EARSHOT_DSP_NOISE_FLOOR_H_
#define EARSHOT_DSP_NOISE_FLOOR_H_

#include <array>

namespace earshot {

// The level of the background: the least level of the last 3 to 4 s (minimum
// statistics, Martin 2001), so that speech without a pause does not lift it.
class NoiseFloor {
 public:
  // Learns from the level of audio that was really received.
  void Learn(float level_db, int duration_ticks);

  // -78..-50 dB: what is louder is speech, what is quieter is silence whatever
  // it is compared with.
  float floor_db() const { return floor_db_; }

 private:
  static constexpr int kSpans = 8;

  std::array<float, kSpans> least_db_ = {};  // Of spans of half a second.
  int span_ = 0;                             // The one that is going on.
  int span_ticks_ = 0;                       // How much of it has passed.
  int spans_heard_ = 0;
  float floor_db_ = -70.0f;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_NOISE_FLOOR_H_
