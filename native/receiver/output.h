#ifndef EARSHOT_RECEIVER_OUTPUT_H_
#define EARSHOT_RECEIVER_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "receiver/frame.h"

namespace earshot {

// The caller's memory during one poll.
class Output {
 public:
  Output(std::span<int16_t> pcm, std::span<Frame> frames)
      : pcm_(pcm), frames_(frames) {}

  // Space for the samples of the next frame; empty when there is not enough.
  std::span<int16_t> Room(size_t samples) const {
    const bool fits =
        count_ < frames_.size() && pcm_.size() - samples_ >= samples;
    return fits ? pcm_.subspan(samples_, samples) : std::span<int16_t>();
  }

  // Takes the first `samples` of the room as a frame, to be filled in.
  Frame& Add(size_t samples) {
    Frame& frame = frames_[count_++];
    frame = Frame();
    frame.sample_offset = static_cast<int32_t>(samples_);
    frame.sample_count = static_cast<int32_t>(samples);
    samples_ += samples;
    return frame;
  }

  int count() const { return static_cast<int>(count_); }

 private:
  std::span<int16_t> pcm_;
  std::span<Frame> frames_;
  size_t samples_ = 0;
  size_t count_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_OUTPUT_H_
