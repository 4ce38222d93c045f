#include "receiver/frame_queue.h"

#include <algorithm>

namespace earshot {

Frame& FrameQueue::Add(std::span<const int16_t> pcm) {
  const auto room = pcm_.span();
  const size_t at = (first_sample_ + samples_) % room.size();
  const auto until_turn = pcm.first(std::min(pcm.size(), room.size() - at));
  std::ranges::copy(until_turn, room.subspan(at).begin());
  std::ranges::copy(pcm.subspan(until_turn.size()), room.begin());
  samples_ += pcm.size();
  Frame& frame = frames_[(first_ + size_++) % kCapacity];
  frame = Frame();
  frame.sample_count = static_cast<int32_t>(pcm.size());
  return frame;
}

void FrameQueue::TakeFront(std::span<int16_t> pcm) {
  const auto behind = pcm_.span().subspan(first_sample_);
  const auto until_turn = behind.first(std::min(pcm.size(), behind.size()));
  std::ranges::copy(until_turn, pcm.begin());
  std::ranges::copy(pcm_.span().first(pcm.size() - until_turn.size()),
                    pcm.subspan(until_turn.size()).begin());
  DropFront();
}

void FrameQueue::DropFront() {
  const auto samples = static_cast<size_t>(Front().sample_count);
  first_sample_ = (first_sample_ + samples) % pcm_.span().size();
  samples_ -= samples;
  first_ = (first_ + 1) % kCapacity;
  // An empty one begins again at its beginning: the rest stays untouched.
  if (--size_ == 0) first_ = first_sample_ = 0;
}

}  // namespace earshot
