#ifndef EARSHOT_RECEIVER_PLAYOUT_BUFFER_H_
#define EARSHOT_RECEIVER_PLAYOUT_BUFFER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/time_stretcher.h"

namespace earshot {

// Where audio that is played came from.
enum class Origin : uint8_t {
  kTimeline,
  kMadeUp,   // Playout's own concealment.
  kComfort,  // Noise of a pause.
};

// Audio of one origin in a row; `media_sample` is the timeline's for its first
// sample and, for what is not from the timeline, where it will be gone on from.
struct PlayoutRun {
  int samples = 0;
  int64_t media_sample = 0;
  Origin origin = Origin::kTimeline;
};

// Audio on its way to be played, with where every sample came from, and the
// last 20 ms that were played. Samples are counted per channel. Bounded,
// allocated once.
class PlayoutBuffer {
 public:
  PlayoutBuffer(int sample_rate_hz, int channels);

  // Not played yet.
  int ahead_samples() const { return end_ - played_; }
  // What may still be appended.
  int room_samples() const;

  // Room for `run.samples` behind what is there, to be filled by the caller.
  std::span<int16_t> Append(const PlayoutRun& run);
  // The same for two in a row, of which the first may be empty.
  std::span<int16_t> Append(const PlayoutRun& first, const PlayoutRun& second);

  // Forgets what is not played yet, but for its first `samples`.
  void CutAfter(int samples);

  // What was played last and what is ahead.
  std::span<const int16_t> audio() const { return Samples(0, end_); }
  int played_samples() const { return played_; }
  std::span<const int16_t> ahead() const { return Samples(played_, end_); }
  // What must not be changed any more: what was played and earlier joins.
  int fixed_samples() const { return std::max(played_, fixed_); }

  // Keeps what is there, but for its last `samples`, from being changed.
  void FixBefore(int samples) { fixed_ = end_ - samples; }

  // How much a join may repeat; 0: none can be made.
  int join_room_samples() const;

  // Makes a join that was found in audio().
  void Apply(const Join& join, TimeStretcher& stretcher);

  // The run that is played next; there must be something ahead.
  const PlayoutRun& front() const { return runs_[0]; }

  // Plays: fills `out`, for which there must be enough ahead, and tells of what
  // it consists. Valid until the next call.
  std::span<const PlayoutRun> Take(std::span<int16_t> out);

 private:
  static constexpr size_t kMaxRuns = 24;

  std::span<const int16_t> Samples(int from, int to) const {
    const auto width = static_cast<size_t>(channels_);
    return std::span(pcm_).subspan(static_cast<size_t>(from) * width,
                                   static_cast<size_t>(to - from) * width);
  }
  void AddRun(const PlayoutRun& run);
  size_t SplitRunAt(int sample);

  const int channels_;
  const int history_samples_;
  std::vector<int16_t> pcm_;
  int played_ = 0;  // Samples of history at the front of `pcm_`.
  int end_ = 0;
  int fixed_ = 0;                          // The end of the last join.
  std::array<PlayoutRun, kMaxRuns> runs_;  // Of what is ahead.
  size_t run_count_ = 0;
  std::array<PlayoutRun, kMaxRuns> taken_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_BUFFER_H_
