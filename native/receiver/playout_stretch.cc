#include "receiver/playout_stretch.h"

#include <algorithm>
#include <cstdlib>

namespace earshot {
namespace {

// What a change of length is looked for in, and what is given for a pause.
constexpr int64_t kLookaheadUs = 40'000;
constexpr int64_t kPauseLookaheadUs = 80'000;
// The most that is repeated of a pause for 10 ms that are played: the media
// must not go back.
constexpr int64_t kPauseRepeatUs = 9'000;
// After an attempt that found nothing.
constexpr int64_t kRetryUs = 10'000;

}  // namespace

PlayoutStretch::PlayoutStretch(int sample_rate_hz, int channels,
                               PlayoutBuffer& buffer, PlayoutCounters& counters)
    : time_(sample_rate_hz),
      buffer_(buffer),
      counters_(counters),
      stretcher_(sample_rate_hz, channels) {}

int64_t PlayoutStretch::LookaheadUs(const PlayoutDecision& decision) {
  return decision.action == PlayoutAction::kShorten &&
                 decision.most_us > kLookaheadUs
             ? kPauseLookaheadUs
             : kLookaheadUs;
}

void PlayoutStretch::Change(const PlayoutDecision& decision, int64_t tick_us,
                            float noise_floor_db) {
  const PlayoutAction action = decision.action;
  if (action == PlayoutAction::kPlay) return;
  const int64_t most_us = action == PlayoutAction::kShorten
                              ? decision.most_us
                              : std::min(decision.most_us, kPauseRepeatUs);
  if (Stretch(action, Haste::kInPauses, most_us, noise_floor_db) > 0) return;
  if (decision.haste == Haste::kInPauses || tick_us < rest_until_us_) return;
  const int changed =
      Stretch(action, decision.haste, decision.most_us, noise_floor_db);
  rest_until_us_ =
      tick_us + (changed == 0
                     ? kRetryUs
                     : RestAfterChangeUs(time_.UsOf(changed), decision.haste));
}

// Returns by how many samples.
int PlayoutStretch::Stretch(PlayoutAction action, Haste haste, int64_t most_us,
                            float noise_floor_db) {
  const bool shorten = action == PlayoutAction::kShorten;
  const int room = buffer_.join_room_samples();
  if (room == 0) return 0;
  StretchRequest request;
  request.audio = buffer_.audio();
  request.fixed_samples = buffer_.fixed_samples();
  request.min_samples = 1;
  request.max_samples =
      std::min({time_.SamplesOf(most_us), time_.SamplesOf(kPauseLookaheadUs),
                shorten ? buffer_.ahead_samples() : room});
  request.noise_floor_db = noise_floor_db;
  request.haste = haste;
  const Join join =
      shorten ? stretcher_.FindCut(request) : stretcher_.FindRepeat(request);
  if (join.skip_samples == 0) return 0;
  buffer_.Apply(join, stretcher_);
  const int changed = std::abs(join.skip_samples);
  (shorten ? removed_samples_ : inserted_samples_) += changed;
  (shorten ? counters_.removed_samples : counters_.inserted_samples) += changed;
  return changed;
}

void PlayoutStretch::Report(PlayoutBlock& block) {
  block.removed_samples = removed_samples_;
  block.inserted_samples = inserted_samples_;
  removed_samples_ = inserted_samples_ = 0;
}

}  // namespace earshot
