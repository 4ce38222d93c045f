#ifndef EARSHOT_RECEIVER_FRAME_QUEUE_H_
#define EARSHOT_RECEIVER_FRAME_QUEUE_H_

#include <array>
#include <cstddef>

#include "receiver/frame.h"

namespace earshot {

// Frames on the timeline that the recognizer has not been given yet, in the
// order in which they were made. Their samples stay on the timeline.
class FrameQueue {
 public:
  bool IsFull() const { return size_ == kCapacity; }
  bool IsEmpty() const { return size_ == 0; }

  // There must be room.
  Frame& Add() {
    Frame& frame = frames_[(first_ + size_++) % kCapacity];
    frame = Frame();
    return frame;
  }

  const Frame& Front() const { return frames_[first_]; }

  void Pop() {
    first_ = (first_ + 1) % kCapacity;
    --size_;
  }

 private:
  static constexpr size_t kCapacity = 64;
  std::array<Frame, kCapacity> frames_;
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_FRAME_QUEUE_H_
