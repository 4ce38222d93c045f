#ifndef EARSHOT_DSP_WAVEFORM_CONCEALER_H_
#define EARSHOT_DSP_WAVEFORM_CONCEALER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/comfort_noise.h"
#include "dsp/linear_predictor.h"
#include "dsp/pitch_search.h"

namespace earshot {

// Makes up lost audio of one channel for codecs that have no concealment of
// their own. The past is taken apart into a linear predictor and what it cannot
// predict; the last pitch periods of that remainder are repeated, or noise of
// its level where the past was no voice, and sent through the predictor, which
// goes on from the last real samples: so there is no delay and no seam. A flat
// block: may be copied, and goes on from there.
class WaveformConcealer {
 public:
  // `sample_rate_hz`: 8000, 16000, 24000, 32000 or 48000.
  explicit WaveformConcealer(int sample_rate_hz);

  // Learns from audio that was received. Its first 5 ms after concealment are
  // cross-faded with the concealment that they replace.
  void Receive(std::span<int16_t> pcm);

  // Overwrites `pcm` with what may have been lost. It keeps its level for 60 ms
  // and then sinks to the noise floor, where it stays.
  void Conceal(std::span<int16_t> pcm);

 private:
  static constexpr int kMaxRateHz = 48'000;
  static constexpr int kPastMs = 60;
  static constexpr int kMaxPastSamples = kMaxRateHz / 1000 * kPastMs;
  static constexpr int kMaxPeriods = 3;
  static constexpr int kMaxRemainderSamples =
      kMaxRateHz / 1000 * kMaxPitchMs * kMaxPeriods;

  int Samples(int ms) const { return sample_rate_hz_ / 1000 * ms; }
  std::span<const int16_t> Past(int samples) const;
  void Remember(std::span<const int16_t> pcm);

  void Analyze();
  void FindRemainder();

  void Synthesize(std::span<int16_t> pcm);
  float NextExcitation(float voiced_share);
  float NextNoise();

  int sample_rate_hz_;
  int order_;
  // The newest sample is at the end.
  std::array<int16_t, kMaxPastSamples> past_ = {};
  ComfortNoise comfort_noise_;

  // What a loss is filled from; made anew where one begins.
  bool conceals_ = false;
  int concealed_samples_ = 0;
  float gain_ = 1;
  int fade_in_samples_ = 0;  // Of received audio that are left to cross-fade.
  std::array<float, kMaxPredictorOrder> predictor_ = {};
  std::array<float, kMaxPredictorOrder> predictor_past_ = {};  // Newest first.
  std::array<float, kMaxRemainderSamples> remainder_ = {};
  int period_samples_ = 0;
  int periods_ = 1;  // How many are repeated in turn.
  int remainder_position_ = 0;
  float voiced_share_ = 0;
  float remainder_rms_ = 0;
  float past_power_ = 0;
  uint32_t random_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_DSP_WAVEFORM_CONCEALER_H_
