#include "codec/comfort_noise_packet.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/comfort_noise.h"

namespace earshot {
namespace {

// RFC 3389 3.2: k = 258 (N - 127) / 32768, N = 0..254.
constexpr float kReflectionStep = 258.0f / 32768.0f;
constexpr int kReflectionZero = 127;
// Nearer to 1 noise would be a whistle, and 255 would be unstable.
constexpr float kMaxReflection = 0.99f;

constexpr int kGlideSamples = 32;
constexpr float kGlideShare = 0.1f;  // Of the way left, every 32 samples.

}  // namespace

std::optional<ComfortNoisePacket> ParseComfortNoisePacket(
    std::span<const uint8_t> payload) {
  if (payload.empty()) return std::nullopt;
  ComfortNoisePacket packet;
  packet.level_db = -static_cast<float>(payload[0] & 0x7f);
  const size_t order =
      std::min(payload.size() - 1, ComfortNoisePacket::kMaxOrder);
  for (size_t i = 0; i < order; ++i) {
    packet.reflection[i] = std::clamp(
        kReflectionStep * static_cast<float>(payload[i + 1] - kReflectionZero),
        -kMaxReflection, kMaxReflection);
  }
  return packet;
}

void ComfortNoiseSynthesizer::Describe(const ComfortNoisePacket& packet) {
  target_ = packet;
  target_.level_db = std::max(target_.level_db, kQuietestNoiseDb);
  if (described_) return;
  described_ = true;
  current_ = target_;
  SetGain();
}

void ComfortNoiseSynthesizer::Fill(std::span<int16_t> pcm) {
  for (int16_t& sample : pcm) {
    if (samples_to_glide_-- == 0) Glide();
    random_ ^= random_ << 13;  // xorshift32 (Marsaglia 2003).
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    float forward = gain_ * static_cast<float>(static_cast<int32_t>(random_)) /
                    2147483648.0f;
    // All-pole lattice: 1 / A(z), with A(z) = 1 + k z^-1 for the first order.
    for (size_t i = ComfortNoisePacket::kMaxOrder; i > 0; --i) {
      const float k = current_.reflection[i - 1];
      forward -= k * lattice_[i - 1];
      lattice_[i] = lattice_[i - 1] + k * forward;
    }
    lattice_[0] = forward;
    sample = static_cast<int16_t>(
        std::lround(std::clamp(forward, -32768.0f, 32767.0f)));
  }
}

// Coefficients between two stable sets are stable too.
void ComfortNoiseSynthesizer::Glide() {
  samples_to_glide_ = kGlideSamples - 1;
  current_.level_db += kGlideShare * (target_.level_db - current_.level_db);
  for (size_t i = 0; i < ComfortNoisePacket::kMaxOrder; ++i) {
    current_.reflection[i] +=
        kGlideShare * (target_.reflection[i] - current_.reflection[i]);
  }
  SetGain();
}

void ComfortNoiseSynthesizer::SetGain() {
  // Uniform noise in -1..1 has variance 1/3; the filter divides it by the
  // product of all 1 - k^2.
  float variance_share = 1;
  for (const float k : current_.reflection) variance_share *= 1 - k * k;
  gain_ = 32768.0f * std::pow(10.0f, current_.level_db / 20.0f) *
          std::numbers::sqrt3_v<float> * std::sqrt(variance_share);
}

}  // namespace earshot
