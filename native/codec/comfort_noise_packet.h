#ifndef EARSHOT_CODEC_COMFORT_NOISE_PACKET_H_
#define EARSHOT_CODEC_COMFORT_NOISE_PACKET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace earshot {

// A comfort noise payload (RFC 3389 3): level and spectrum of the background.
struct ComfortNoisePacket {
  // Higher orders are ignored, as the RFC allows; senders use up to 10 or 12.
  static constexpr size_t kMaxOrder = 12;

  float level_db = 0;  // dBov, the RMS level relative to full scale: -127..0.
  // Reflection coefficients of the all-pole model, those not sent are 0. Every
  // magnitude is below 1, so the model is stable.
  std::array<float, kMaxOrder> reflection = {};
};

// Empty for an empty payload; every other one has a meaning.
std::optional<ComfortNoisePacket> ParseComfortNoisePacket(
    std::span<const uint8_t> payload);

// Noise as a comfort noise packet describes it, mono, at the clock rate of the
// packet's format. Level and spectrum glide from one packet to the next. A flat
// block: may be copied, and goes on from there.
class ComfortNoiseSynthesizer {
 public:
  // Synthesizers of different seeds make independent noise.
  explicit ComfortNoiseSynthesizer(uint32_t seed) : random_(seed | 1) {}

  void Describe(const ComfortNoisePacket& packet);

  // Overwrites `pcm`. Never digital zero, however low the level.
  void Fill(std::span<int16_t> pcm);

 private:
  void Glide();
  void SetGain();

  bool described_ = false;
  ComfortNoisePacket target_;
  ComfortNoisePacket current_;
  float gain_ = 0;  // Of the white noise in front of the filter.
  int samples_to_glide_ = 0;
  uint32_t random_;
  // Backward prediction errors of the lattice, one sample ago.
  std::array<float, ComfortNoisePacket::kMaxOrder + 1> lattice_ = {};
};

}  // namespace earshot

#endif  // EARSHOT_CODEC_COMFORT_NOISE_PACKET_H_
