#include "receiver/audio_ring.h"

#include <algorithm>
#include <cassert>

namespace earshot {

AudioRing::AudioRing(size_t most_samples, size_t first_samples)
    : memory_(most_samples), size_(std::min(most_samples, first_samples)) {
  std::ranges::fill(memory_.span().first(size_), int16_t{0});
}

void AudioRing::Write(int64_t at, std::span<const int16_t> pcm) {
  const int64_t end = at + static_cast<int64_t>(pcm.size());
  if (end - begin_ > static_cast<int64_t>(size_)) MakeRoomUpTo(end);
  if (at < begin_) {
    if (end <= begin_) return;
    pcm = pcm.subspan(static_cast<size_t>(begin_ - at));
    at = begin_;
  }
  if (pcm.empty()) return;
  const size_t index = IndexOf(at);
  const auto ring = memory_.span().first(size_);
  const auto until_turn = pcm.first(std::min(pcm.size(), size_ - index));
  std::ranges::copy(until_turn, ring.subspan(index).begin());
  std::ranges::copy(pcm.subspan(until_turn.size()), ring.begin());
}

void AudioRing::Read(int64_t at, std::span<int16_t> pcm) const {
  assert(at >= begin_ && pcm.size() <= size_);
  if (pcm.empty()) return;
  const auto ring = memory_.span().first(size_);
  const auto behind = ring.subspan(IndexOf(at));
  const auto until_turn = behind.first(std::min(pcm.size(), behind.size()));
  std::ranges::copy(until_turn, pcm.begin());
  std::ranges::copy(ring.first(pcm.size() - until_turn.size()),
                    pcm.subspan(until_turn.size()).begin());
}

void AudioRing::Forget(int64_t begin) { begin_ = std::max(begin_, begin); }

// A longer ring begins with the oldest sample, so that all others stand right.
void AudioRing::MakeRoomUpTo(int64_t end) {
  const auto needed = static_cast<size_t>(end - begin_);
  const size_t longer = std::min(most_samples(), std::max(needed, 2 * size_));
  if (longer > size_) {
    const auto ring = memory_.span().first(size_);
    const auto oldest = static_cast<std::ptrdiff_t>(IndexOf(begin_));
    std::rotate(ring.begin(), ring.begin() + oldest, ring.end());
    std::ranges::fill(memory_.span().subspan(size_, longer - size_),
                      int16_t{0});
    base_ = begin_;
    size_ = longer;
  }
  begin_ = std::max(begin_, end - static_cast<int64_t>(size_));
}

}  // namespace earshot
