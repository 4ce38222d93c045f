#ifndef EARSHOT_RECEIVER_AUDIO_RING_H_
#define EARSHOT_RECEIVER_AUDIO_RING_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "receiver/untouched_memory.h"

namespace earshot {

// The samples of the last positions, as far back as may still be asked for. A
// ring that is no longer than a stream has needed so far: the rest of what is
// set aside stays untouched. Positions count samples from 0.
class AudioRing {
 public:
  // `most_samples`: as many as are ever kept. `first_samples`: as many as it is
  // made for before that turns out to be too few.
  AudioRing(size_t most_samples, size_t first_samples);

  size_t most_samples() const { return memory_.span().size(); }
  // As many as it has memory for that was touched.
  size_t size() const { return size_; }
  // The oldest position that is kept.
  int64_t begin() const { return begin_; }

  // Puts samples where they belong, but for those that are kept no more. What
  // is then `most_samples` and further behind their end is given up.
  void Write(int64_t at, std::span<const int16_t> pcm);

  // Copies what was written; all of it must be kept.
  void Read(int64_t at, std::span<int16_t> pcm) const;

  // What lies before `begin` is not asked for any more.
  void Forget(int64_t begin);

 private:
  void MakeRoomUpTo(int64_t end);
  size_t IndexOf(int64_t position) const {
    return static_cast<size_t>(position - base_) % size_;
  }

  UntouchedMemory<int16_t> memory_;
  size_t size_;       // Of the ring, at the front of the memory.
  int64_t base_ = 0;  // The position of its first sample, once.
  int64_t begin_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_AUDIO_RING_H_
