#include "receiver/playout_buffer.h"

#include <algorithm>
#include <cassert>

namespace earshot {
namespace {

constexpr int kHistoryMs = 20;
constexpr int kMostAheadMs = 140;
// Kept free for what a join repeats.
constexpr int kMostRepeatedMs = 30;

}  // namespace

PlayoutBuffer::PlayoutBuffer(int sample_rate_hz, int channels)
    : channels_(channels),
      history_samples_(sample_rate_hz * kHistoryMs / 1000),
      pcm_(static_cast<size_t>(channels * sample_rate_hz / 1000 *
                               (kHistoryMs + kMostAheadMs + kMostRepeatedMs))) {
}

int PlayoutBuffer::room_samples() const {
  const int most = history_samples_ / kHistoryMs * kMostAheadMs;
  // A join may split a run in three.
  return run_count_ + 3 > kMaxRuns ? 0 : std::max(0, most - ahead_samples());
}

int PlayoutBuffer::join_room_samples() const {
  if (run_count_ + 2 > kMaxRuns) return 0;
  return static_cast<int>(pcm_.size()) / channels_ - end_;
}

std::span<int16_t> PlayoutBuffer::Append(const PlayoutRun& run) {
  AddRun(run);
  const auto width = static_cast<size_t>(channels_);
  const auto at = static_cast<size_t>(end_) * width;
  end_ += run.samples;
  return std::span(pcm_).subspan(at, static_cast<size_t>(run.samples) * width);
}

std::span<int16_t> PlayoutBuffer::Append(const PlayoutRun& first,
                                         const PlayoutRun& second) {
  if (first.samples == 0) return Append(second);
  const auto head = Append(first);
  const auto tail = Append(second);
  return {head.data(), head.size() + tail.size()};
}

void PlayoutBuffer::AddRun(const PlayoutRun& run) {
  if (run_count_ > 0) {
    PlayoutRun& last = runs_[run_count_ - 1];
    const bool goes_on = last.origin == run.origin &&
                         (run.origin != Origin::kTimeline ||
                          last.media_sample + last.samples == run.media_sample);
    if (goes_on) {
      last.samples += run.samples;
      return;
    }
  }
  assert(run_count_ < kMaxRuns);
  runs_[run_count_++] = run;
}

void PlayoutBuffer::CutAfter(int samples) {
  if (samples >= ahead_samples()) return;
  run_count_ = SplitRunAt(samples);
  end_ = played_ + samples;
  fixed_ = std::min(fixed_, end_);
}

// The index of the run that begins at `sample` ahead, after splitting the one
// that holds it.
size_t PlayoutBuffer::SplitRunAt(int sample) {
  int begin = 0;
  for (size_t i = 0; i < run_count_; ++i) {
    if (begin == sample) return i;
    PlayoutRun& run = runs_[i];
    if (sample < begin + run.samples) {
      PlayoutRun rest = run;
      run.samples = sample - begin;
      rest.samples -= run.samples;
      if (rest.origin == Origin::kTimeline) rest.media_sample += run.samples;
      std::copy_backward(
          runs_.begin() + static_cast<ptrdiff_t>(i) + 1,
          runs_.begin() + static_cast<ptrdiff_t>(run_count_),
          runs_.begin() + static_cast<ptrdiff_t>(run_count_) + 1);
      runs_[i + 1] = rest;
      ++run_count_;
      return i + 1;
    }
    begin += run.samples;
  }
  return run_count_;
}

void PlayoutBuffer::Apply(const Join& join, TimeStretcher& stretcher) {
  const int at = join.at_samples - played_;
  if (join.skip_samples > 0) {
    // What lies between is gone.
    const size_t first = SplitRunAt(at);
    const size_t last = SplitRunAt(at + join.skip_samples);
    std::copy(runs_.begin() + static_cast<ptrdiff_t>(last),
              runs_.begin() + static_cast<ptrdiff_t>(run_count_),
              runs_.begin() + static_cast<ptrdiff_t>(first));
    run_count_ -= last - first;
  } else {
    // What lies before is heard again.
    const size_t first = SplitRunAt(at);
    PlayoutRun again = runs_[first < run_count_ ? first : first - 1];
    again.samples = -join.skip_samples;
    if (again.origin == Origin::kTimeline) again.media_sample -= again.samples;
    std::copy_backward(runs_.begin() + static_cast<ptrdiff_t>(first),
                       runs_.begin() + static_cast<ptrdiff_t>(run_count_),
                       runs_.begin() + static_cast<ptrdiff_t>(run_count_) + 1);
    runs_[first] = again;
    ++run_count_;
  }
  end_ = stretcher.Apply(join, pcm_, end_);
  fixed_ = join.at_samples + join.overlap_samples;
}

std::span<const PlayoutRun> PlayoutBuffer::Take(std::span<int16_t> out) {
  const int samples = static_cast<int>(out.size()) / channels_;
  const auto width = static_cast<ptrdiff_t>(channels_);
  std::copy_n(pcm_.begin() + played_ * width, out.size(), out.begin());
  played_ += samples;

  const size_t count = SplitRunAt(samples);
  std::copy_n(runs_.begin(), count, taken_.begin());
  std::copy(runs_.begin() + static_cast<ptrdiff_t>(count),
            runs_.begin() + static_cast<ptrdiff_t>(run_count_), runs_.begin());
  run_count_ -= count;

  const int old = played_ - history_samples_;
  if (old > 0) {
    std::copy(pcm_.begin() + old * width, pcm_.begin() + end_ * width,
              pcm_.begin());
    played_ -= old;
    end_ -= old;
    fixed_ -= old;
  }
  return std::span(taken_).first(count);
}

}  // namespace earshot
