#ifndef EARSHOT_RECEIVER_CAPTURE_DRIVE_H_
#define EARSHOT_RECEIVER_CAPTURE_DRIVE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "receiver/frame.h"
#include "receiver/receiver.h"

namespace earshot {

struct CapturedPacket {
  std::span<const uint8_t> bytes;
  int64_t arrival_us = 0;
};

// Runs a receiver in the time of a capture: what arrives at a time is pushed,
// then polled, and until the next arrival the receiver is polled whenever it
// asks to be. One call serves many packets, where a caller across a language
// boundary would make several for each.
class CaptureDrive {
 public:
  struct Progress {
    size_t packets = 0;  // Taken, from the front.
    size_t frames = 0;   // Written, and their PCM.
  };

  // Of the longest frame: a poll has to have room for it.
  explicit CaptureDrive(size_t longest_frame_samples)
      : longest_frame_samples_(longest_frame_samples) {}

  // Takes packets whose arrivals do not go back, until all are taken or there
  // is no room for what one more poll may give; call again with the rest. What
  // falls due at the last arrival and later waits for the next packet.
  Progress Run(Receiver& receiver, std::span<const CapturedPacket> packets,
               std::span<int16_t> pcm, std::span<Frame> frames);

 private:
  const size_t longest_frame_samples_;
  int64_t now_us_ = kNever;  // Of the latest arrival, or of a poll behind it.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_CAPTURE_DRIVE_H_
