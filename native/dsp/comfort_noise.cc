#include "dsp/comfort_noise.h"

#include <algorithm>
#include <cmath>

namespace earshot {
namespace {

constexpr float kLoudestDb = -50.0f;  // Above this it would be heard as speech.
// How fast the floor rises while nothing as quiet is heard: 6 dB a second.
constexpr float kRiseDbPerTick = 6.0f / 48'000.0f;
// One-pole low-pass, so that the noise is not brighter than a room.
constexpr float kPole = 0.6f;

}  // namespace

void ComfortNoise::Learn(float level_db, int duration_ticks) {
  floor_db_ =
      std::min(level_db,
               floor_db_ + kRiseDbPerTick * static_cast<float>(duration_ticks));
  floor_db_ = std::clamp(floor_db_, kQuietestNoiseDb, kLoudestDb);
}

void ComfortNoise::Fill(std::span<int16_t> pcm) {
  const float rms = 32768.0f * std::pow(10.0f, floor_db_ / 20.0f);
  // Uniform noise in -1..1 has variance 1/3; the filter leaves (1-p)/(1+p) of
  // it.
  const float gain = rms * std::sqrt(3.0f * (1 + kPole) / (1 - kPole));
  for (int16_t& sample : pcm) {
    state_ ^= state_ << 13;  // xorshift32 (Marsaglia 2003).
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    const float white =
        static_cast<float>(static_cast<int32_t>(state_)) / 2147483648.0f;
    previous_ = kPole * previous_ + (1 - kPole) * white;
    sample = static_cast<int16_t>(std::lround(gain * previous_));
  }
}

}  // namespace earshot
