#include "dsp/waveform_concealer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/level.h"
#include "dsp/linear_predictor.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int kFitMs = 25;
constexpr int kPowerMs = 20;

// Correlations between which voice is taken to set in.
constexpr float kUnvoicedCorrelation = 0.3f;
constexpr float kVoicedCorrelation = 0.75f;
// Repeated periods begin to buzz; from here to there noise takes half of them.
constexpr int kBuzzFromMs = 40;
constexpr int kBuzzToMs = 160;
constexpr float kBuzzShare = 0.5f;

constexpr int kHoldMs = 60;
constexpr float kSinkDbPerMs = 0.1f;
constexpr float kSilentGain = 1e-5f;  // Below one step of 16-bit audio.
constexpr int kFadeInMs = 5;

constexpr uint32_t kSeed = 0x9e3779b9;
constexpr size_t kBlockSamples = 120;

int16_t ToSample(float value) {
  return static_cast<int16_t>(
      std::lround(std::clamp(value, -32768.0f, 32767.0f)));
}

float Square(float value) { return value * value; }

// 0 below `from`, 1 above `to`, a straight line between.
float Ramp(float value, float from, float to) {
  return std::clamp((value - from) / (to - from), 0.0f, 1.0f);
}

}  // namespace

WaveformConcealer::WaveformConcealer(int sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz),
      order_(std::min(8 + sample_rate_hz / 1000, kMaxPredictorOrder)) {}

std::span<const int16_t> WaveformConcealer::Past(int samples) const {
  return std::span(past_).last(static_cast<size_t>(samples));
}

void WaveformConcealer::Remember(std::span<const int16_t> pcm) {
  const auto used =
      std::span(past_).last(static_cast<size_t>(Samples(kPastMs)));
  const size_t kept = used.size() - std::min(used.size(), pcm.size());
  const auto newest = pcm.last(used.size() - kept);
  std::copy(used.end() - static_cast<std::ptrdiff_t>(kept), used.end(),
            used.begin());
  std::copy(newest.begin(), newest.end(),
            used.begin() + static_cast<std::ptrdiff_t>(kept));
}

void WaveformConcealer::Receive(std::span<int16_t> pcm) {
  if (pcm.empty()) return;
  comfort_noise_.Learn(LevelDb(pcm),
                       static_cast<int>(static_cast<int64_t>(pcm.size()) *
                                        kTicksPerSecond / sample_rate_hz_));
  if (conceals_) {
    conceals_ = false;
    fade_in_samples_ = Samples(kFadeInMs);
  }
  auto fading =
      pcm.first(std::min(pcm.size(), static_cast<size_t>(fade_in_samples_)));
  while (!fading.empty()) {
    std::array<int16_t, kBlockSamples> block;
    const auto made =
        std::span(block).first(std::min(block.size(), fading.size()));
    Synthesize(made);
    for (size_t i = 0; i < made.size(); ++i) {
      const float made_share = static_cast<float>(fade_in_samples_--) /
                               static_cast<float>(Samples(kFadeInMs) + 1);
      fading[i] =
          ToSample(static_cast<float>(fading[i]) +
                   made_share * static_cast<float>(made[i] - fading[i]));
    }
    fading = fading.subspan(made.size());
  }
  Remember(pcm);
}

void WaveformConcealer::Conceal(std::span<int16_t> pcm) {
  if (!conceals_) {
    Analyze();
    conceals_ = true;
  }
  Synthesize(pcm);
  Remember(pcm);
}

void WaveformConcealer::Analyze() {
  const auto order = static_cast<size_t>(order_);
  FitPredictor(Past(Samples(kFitMs)), std::span(predictor_).first(order));
  std::copy_n(past_.rbegin(), order, predictor_past_.begin());
  FindRemainder();

  const Pitch pitch = FindPitch(Past(Samples(kPitchSearchMs)), sample_rate_hz_);
  period_samples_ = pitch.period_samples;
  voiced_share_ =
      Ramp(pitch.correlation, kUnvoicedCorrelation, kVoicedCorrelation);
  periods_ = 1;
  remainder_position_ = -period_samples_;

  float energy = 0;
  for (const int16_t sample : Past(Samples(kPowerMs))) energy += Square(sample);
  past_power_ = energy / static_cast<float>(Samples(kPowerMs));
  concealed_samples_ = 0;
  gain_ = 1;
  random_ = kSeed;
}

// Room for the predictor lies in front of the samples looked at: the past is
// 60 ms, the remainder is that of the last 45.
void WaveformConcealer::FindRemainder() {
  const auto size = static_cast<size_t>(Samples(kMaxPitchMs * kMaxPeriods));
  const auto power_samples = static_cast<size_t>(Samples(kPowerMs));
  const size_t first = past_.size() - size;
  float energy = 0;
  for (size_t n = 0; n < size; ++n) {
    float error = past_[first + n];
    for (size_t i = 0; i < static_cast<size_t>(order_); ++i) {
      error += predictor_[i] * static_cast<float>(past_[first + n - 1 - i]);
    }
    remainder_[n] = error;
    if (n >= size - power_samples) energy += Square(error);
  }
  remainder_rms_ = std::sqrt(energy / static_cast<float>(power_samples));
}

void WaveformConcealer::Synthesize(std::span<int16_t> pcm) {
  const float floor_power =
      Square(32768.0f * std::pow(10.0f, comfort_noise_.floor_db() / 20.0f));
  const float sink =
      std::pow(10.0f, -kSinkDbPerMs / 20 / static_cast<float>(Samples(1)));
  const auto order = static_cast<size_t>(order_);
  std::array<int16_t, kBlockSamples> noise;
  while (!pcm.empty()) {
    const auto block = pcm.first(std::min(pcm.size(), noise.size()));
    pcm = pcm.subspan(block.size());
    comfort_noise_.Fill(std::span(noise).first(block.size()));
    for (size_t i = 0; i < block.size(); ++i) {
      const float ms = 1000.0f * static_cast<float>(concealed_samples_) /
                       static_cast<float>(sample_rate_hz_);
      // Nothing changes behind the last ramp.
      concealed_samples_ = std::min(concealed_samples_ + 1, Samples(kBuzzToMs));
      const float voiced_share =
          voiced_share_ * (1 - kBuzzShare * Ramp(ms, kBuzzFromMs, kBuzzToMs));
      float sample = NextExcitation(voiced_share);
      for (size_t k = 0; k < order; ++k) {
        sample -= predictor_[k] * predictor_past_[k];
      }
      std::copy_backward(predictor_past_.begin(),
                         predictor_past_.begin() + order - 1,
                         predictor_past_.begin() + order);
      predictor_past_[0] = sample;

      if (ms > kHoldMs) gain_ = gain_ > kSilentGain ? gain_ * sink : 0.0f;
      // As much noise as the floor's power is short of.
      const float noise_gain = std::sqrt(
          std::max(0.0f, 1 - Square(gain_) * past_power_ / floor_power));
      block[i] =
          ToSample(gain_ * sample + noise_gain * static_cast<float>(noise[i]));
    }
  }
}

// Repeats the last period, then the last two in turn, then three: fewer periods
// buzz more.
float WaveformConcealer::NextExcitation(float voiced_share) {
  const int size = Samples(kMaxPitchMs * kMaxPeriods);
  const float repeated =
      remainder_[static_cast<size_t>(size + remainder_position_)];
  if (++remainder_position_ == 0) {
    periods_ = std::min(periods_ + 1, kMaxPeriods);
    remainder_position_ = -periods_ * period_samples_;
  }
  const float noise_share = std::sqrt(1 - Square(voiced_share));
  return voiced_share * repeated + noise_share * remainder_rms_ * NextNoise();
}

// White noise of power 1.
float WaveformConcealer::NextNoise() {
  random_ ^= random_ << 13;  // xorshift32 (Marsaglia 2003).
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return std::numbers::sqrt3_v<float> *
         static_cast<float>(static_cast<int32_t>(random_)) / 2147483648.0f;
}

}  // namespace earshot
