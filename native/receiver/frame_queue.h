#ifndef EARSHOT_RECEIVER_FRAME_QUEUE_H_
#define EARSHOT_RECEIVER_FRAME_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "receiver/frame.h"
#include "receiver/untouched_memory.h"

namespace earshot {

// Frames that the recognizer has not been given yet, and their samples, in the
// order in which they were made. Bounded, allocated once.
class FrameQueue {
 public:
  static constexpr size_t kCapacity = 64;

  // With room for so many samples.
  explicit FrameQueue(size_t samples) : frames_(kCapacity), pcm_(samples) {}

  // For one more frame of this length.
  bool HasRoom(size_t samples) const {
    return size_ < kCapacity && samples_ + samples <= pcm_.span().size();
  }
  bool IsEmpty() const { return size_ == 0; }

  // Puts a frame in that has no more than its samples; the rest is the
  // caller's to fill in. There must be room.
  Frame& Add(std::span<const int16_t> pcm);

  const Frame& Front() const { return frames_[first_]; }

  // Takes the first frame out; `pcm` is filled with its samples, and must be as
  // many.
  void TakeFront(std::span<int16_t> pcm);

  void DropFront();

 private:
  std::vector<Frame> frames_;
  size_t first_ = 0;
  size_t size_ = 0;
  UntouchedMemory<int16_t> pcm_;
  size_t first_sample_ = 0;
  size_t samples_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_FRAME_QUEUE_H_
