#ifndef EARSHOT_DSP_COMFORT_NOISE_H_
#define EARSHOT_DSP_COMFORT_NOISE_H_

#include <cstdint>
#include <span>

namespace earshot {

// Noise below this would be digital zero: about 4 steps of 16-bit audio.
constexpr float kQuietestNoiseDb = -78.0f;

// Noise at the level of the quietest audio heard lately, for pauses that hold
// no packets: digital zero makes recognizers invent words.
class ComfortNoise {
 public:
  // Learns from the level of a frame that was really received.
  void Learn(float level_db, int duration_ticks);

  // Overwrites `pcm`.
  void Fill(std::span<int16_t> pcm);

  // RMS level of the noise, relative to full scale.
  float floor_db() const { return floor_db_; }

 private:
  float floor_db_ = -70.0f;
  uint32_t state_ = 0x9e3779b9;  // Any start but 0.
  float previous_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_COMFORT_NOISE_H_
