#include "receiver/playout.h"

#include <algorithm>
#include <utility>

#include "dsp/cross_fade.h"
#include "dsp/level.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

// Where real audio takes over from what was made up.
constexpr int64_t kFadeUs = 5'000;
// For that it may come a little sooner or later than it should (only sooner
// when it is late),
constexpr int64_t kMostShiftUs = 5'000;
// and its level is compared over this much.
constexpr int64_t kFreshUs = 20'000;
// Concealment fades; from here on the noise of the room is under it.
constexpr int64_t kNoiseUnderUs = 40'000;
constexpr int64_t kSilenceToleranceUs = 5'000;
// A voice that is played slower goes back, by a period of it at a time.
constexpr int64_t kHeardAgainUs = 100'000;
constexpr int kBlockTicks = 10 * kTicksPerMs;
// At 48 kHz, stereo: 10 ms, and kFreshUs.
using BlockPcm = std::array<int16_t, 960>;
using FreshPcm = std::array<int16_t, 1920>;

}  // namespace

Playout::Playout(const PlayoutConfig& config, const SenderClock& clock,
                 TimelineWriter& writer)
    : config_(config),
      writer_(writer),
      time_(config.sample_rate_hz, config.max_delay_us, clock, writer.live()),
      target_(config.min_delay_us, config.max_delay_us),
      arrivals_(time_, clock, target_),
      buffer_(config.sample_rate_hz, config.channels),
      account_(config.sample_rate_hz),
      stretch_(config.sample_rate_hz, config.channels, buffer_,
               account_.counters()),
      merger_(config.sample_rate_hz, config.channels),
      continuation_(static_cast<size_t>(
          config.channels * time_.SamplesOf(kFadeUs + kMostShiftUs))) {}

int64_t Playout::NeededTicks(int64_t now_us) {
  time_.OnPull(now_us);
  if (!is_playing_ && !Start()) return kNever;
  int64_t wanted =
      time_.SamplesOf(PullClock::kTickUs) - buffer_.ahead_samples();
  // What was made up may be skipped.
  if (is_making_up_) wanted += time_.SamplesOf(kFadeUs) + made_up_samples_;
  if (wanted <= 0) return kNever;
  const int64_t end = next_sample_ + wanted;
  const int64_t end_ticks =
      (end * kTicksPerSecond + config_.sample_rate_hz - 1) /
      config_.sample_rate_hz;
  writer_.HurryRepairs(time_.TicksOf(next_sample_) - kFillFrameTicks,
                       end_ticks);
  return end_ticks;
}

// Begins when the first audio has the delay that is aimed at.
bool Playout::Start() {
  if (writer_.timeline().head_ticks() == 0) return false;
  if (time_.DelayUs(0) < std::min(target_.target_us(), time_.limit_us())) {
    return false;
  }
  is_playing_ = true;
  return true;
}

// ---- 10 ms.

PlayoutBlock Playout::Take(std::span<int16_t> out) {
  PlayoutBlock block;
  block.target_us = target_.target_us();
  if (!is_playing_) {
    comfort_noise_.Fill(out);
    return block;
  }
  const int samples = time_.SamplesOf(PullClock::kTickUs);
  FollowJumps();
  LimitDelay();
  if (is_making_up_) {
    Resume();
  } else {
    LeaveConcealment();
  }
  Refill(samples);
  Change();
  if (buffer_.ahead_samples() < samples) {
    MakeUp(samples - buffer_.ahead_samples());
  }
  block.is_playing = true;
  block.delay_us = time_.DelayUs(buffer_.front().media_sample);
  stretch_.Report(block);
  account_.Add(buffer_.Take(out), writer_.timeline(), block);
  Learn(block, out);
  block.level_us = time_.UsOf(buffer_.ahead_samples() + AvailableSamples());
  KeepConcealment();
  // What is in the buffer may be dropped, and read from the timeline again.
  writer_.ForgetAudio(std::min(FrontSample(), next_sample_) -
                      time_.SamplesOf(kHeardAgainUs));
  return block;
}

// What was jumped over cannot be played.
void Playout::FollowJumps() {
  if (next_sample_ < AudioBeginSample()) JumpTo(AudioBeginSample());
}

void Playout::LimitDelay() {
  const int64_t front = FrontSample();
  if (time_.DelayUs(front) <= time_.limit_us()) return;
  const int64_t sample = std::min(
      std::max(time_.SampleAtDelay(time_.limit_us()), AudioBeginSample()),
      KnownEndSample());
  if (sample > front) JumpTo(sample);
}

// Fades from what would have come next.
void Playout::JumpTo(int64_t media_sample) {
  const int fade = time_.SamplesOf(kFadeUs);
  const int64_t old = FrontSample();
  const int64_t passed = std::max<int64_t>(0, media_sample - old);
  next_sample_ = media_sample;
  if (is_making_up_) {  // In their place.
    account_.counters().dropped_samples +=
        std::max<int64_t>(0, passed - made_up_samples_);
    made_up_samples_ = std::max<int64_t>(0, made_up_samples_ - passed);
    return;
  }
  account_.counters().dropped_samples += passed;
  buffer_.CutAfter(fade);
  if (buffer_.ahead_samples() == fade && AvailableSamples() >= fade) {
    BlockPcm pcm;
    const auto room = std::span(pcm).first(buffer_.ahead().size());
    writer_.timeline().Read(next_sample_, room);
    CrossFade(buffer_.ahead(), room, config_.channels, 0, room);
    buffer_.CutAfter(0);
    const auto faded = buffer_.Append({fade, next_sample_, Origin::kTimeline});
    std::copy(room.begin(), room.end(), faded.begin());
    next_sample_ += fade;
    return;
  }
  buffer_.CutAfter(0);
  BeginMakingUp();
}

// Real audio takes over, where there is some.
void Playout::Resume() {
  SkipWhatWasMadeUp();
  const auto width = static_cast<size_t>(config_.channels);
  const int samples = std::min(AvailableSamples(), time_.SamplesOf(kFreshUs));
  if (samples < time_.SamplesOf(kFadeUs)) return;
  FreshPcm fresh_pcm;
  const auto fresh =
      std::span(fresh_pcm).first(static_cast<size_t>(samples) * width);
  writer_.timeline().Read(next_sample_, fresh);
  ExtrapolateInto(continuation_);
  // Where all that was made up has been skipped, the positions are the same,
  // and the timeline's own concealment is what was made up.
  const bool may_shift =
      made_up_samples_ > 0 && ProvenanceAt(next_sample_) != Provenance::kPlc;
  const bool is_late = time_.DelayUs(next_sample_) > target_.target_us();
  ShiftLimits limits;
  if (may_shift) limits.sooner_samples = time_.SamplesOf(kMostShiftUs);
  if (!is_late) limits.later_samples = limits.sooner_samples;
  const Merge merge = merger_.Find(continuation_, fresh, limits);
  const int real = samples - merge.skipped_samples;
  const auto room = buffer_.Append(
      {merge.kept_samples, next_sample_, made_up_origin_},
      {real, next_sample_ + merge.skipped_samples, Origin::kTimeline});
  merger_.Apply(merge, continuation_, fresh, room);
  buffer_.FixBefore(real - merge.overlap_samples);
  next_sample_ += samples;
  is_making_up_ = false;
  made_up_samples_ = 0;
}

// What was made up stood for audio that turned out to be lost, or for a part of
// the sender's pause: that is not played again.
void Playout::SkipWhatWasMadeUp() {
  const int cell = time_.CellSamples();
  const int64_t delay_limit_us =
      std::max(target_.target_us(), target_.recent_late_us()) +
      kSilenceToleranceUs;
  while (AvailableSamples() >= cell) {
    const Provenance provenance = ProvenanceAt(next_sample_);
    const int64_t rest = cell - next_sample_ % cell;
    if (provenance == Provenance::kPlc && made_up_samples_ > 0) {
      const int64_t lost = std::min(rest, made_up_samples_);
      next_sample_ += lost;
      made_up_samples_ -= lost;
    } else if (IsSilent(provenance) &&
               time_.DelayUs(next_sample_) > delay_limit_us) {
      next_sample_ += rest;
    } else {
      return;
    }
  }
}

// A repair may replace concealment of which the beginning is on its way.
void Playout::KeepConcealment() {
  concealment_samples_ = 0;
  if (is_making_up_ || AvailableSamples() == 0 ||
      ProvenanceAt(next_sample_) != Provenance::kPlc) {
    return;
  }
  concealment_at_ = next_sample_;
  concealment_samples_ = std::min(AvailableSamples(), time_.SamplesOf(kFadeUs));
  writer_.timeline().Read(
      next_sample_,
      std::span(continuation_)
          .first(static_cast<size_t>(concealment_samples_ * config_.channels)));
}

// Fades from it to what took its place.
void Playout::LeaveConcealment() {
  const int samples = std::exchange(concealment_samples_, 0);
  if (samples == 0 || concealment_at_ != next_sample_ ||
      ProvenanceAt(next_sample_) == Provenance::kPlc ||
      samples > std::min(AvailableSamples(), buffer_.room_samples())) {
    return;
  }
  const auto room = buffer_.Append({samples, next_sample_, Origin::kTimeline});
  writer_.timeline().Read(next_sample_, room);
  CrossFade(std::span(continuation_).first(room.size()), room, config_.channels,
            0, room);
  next_sample_ += samples;
}

void Playout::Refill(int ahead_samples) {
  if (is_making_up_) return;
  const int samples = std::min({ahead_samples - buffer_.ahead_samples(),
                                AvailableSamples(), buffer_.room_samples()});
  if (samples <= 0) return;
  writer_.timeline().Read(
      next_sample_, buffer_.Append({samples, next_sample_, Origin::kTimeline}));
  next_sample_ += samples;
}

// Time-stretch, where the delay is not what it should be.
void Playout::Change() {
  if (is_making_up_ || buffer_.ahead_samples() == 0) return;
  PlayoutState state;
  state.delay_us = time_.DelayUs(buffer_.front().media_sample);
  state.target_us = std::min(target_.target_us(), time_.limit_us());
  state.pause_target_us = std::min(target_.pause_target_us(), time_.limit_us());
  state.max_us = time_.limit_us();
  state.recent_late_us = target_.recent_late_us();
  state.level_us = time_.UsOf(buffer_.ahead_samples() + AvailableSamples());
  state.is_overdue = !writer_.HasWaiting() && !has_ended_;
  const PlayoutDecision decision = DecidePlayout(state);
  if (decision.action == PlayoutAction::kPlay) return;
  Refill(time_.SamplesOf(PlayoutStretch::LookaheadUs(decision)));
  stretch_.Change(decision, time_.tick_us(), noise_floor_.floor_db());
}

void Playout::BeginMakingUp() {
  is_making_up_ = true;
  writer_.BeginExtrapolation();
}

// Nothing is there: the codec goes on by itself.
void Playout::MakeUp(int samples) {
  if (!is_making_up_) BeginMakingUp();
  const bool is_pause = has_ended_ || writer_.IsInSilence();
  made_up_origin_ = is_pause ? Origin::kComfort : Origin::kMadeUp;
  const auto room = buffer_.Append({samples, next_sample_, made_up_origin_});
  ExtrapolateInto(room);
  made_up_samples_ += samples;
}

void Playout::ExtrapolateInto(std::span<int16_t> room) {
  writer_.Extrapolate(room);
  if (time_.UsOf(made_up_samples_) < kNoiseUnderUs &&
      LevelDb(room) > kSilenceDb) {
    return;
  }
  BlockPcm noise;
  comfort_noise_.Fill(std::span(noise).first(room.size()));
  for (size_t i = 0; i < room.size(); ++i) {
    room[i] =
        static_cast<int16_t>(std::clamp(room[i] + noise[i], -32768, 32767));
  }
}

// The background, from what was really heard.
void Playout::Learn(const PlayoutBlock& block, std::span<const int16_t> pcm) {
  if (block.concealed_samples > 0 || !IsReal(block.provenance)) return;
  const float level_db = LevelDb(pcm);
  noise_floor_.Learn(level_db, kBlockTicks);
  comfort_noise_.Learn(level_db, kBlockTicks);
}

}  // namespace earshot
