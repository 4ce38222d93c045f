#include "receiver/capture_drive.h"

#include <algorithm>

namespace earshot {

CaptureDrive::Progress CaptureDrive::Run(
    Receiver& receiver, std::span<const CapturedPacket> packets,
    std::span<int16_t> pcm, std::span<Frame> frames) {
  Progress progress;
  size_t samples = 0;
  for (const CapturedPacket& packet : packets) {
    while (now_us_ != kNever && now_us_ < packet.arrival_us) {
      if (pcm.size() - samples < longest_frame_samples_ ||
          progress.frames == frames.size()) {
        return progress;
      }
      const auto room = frames.subspan(progress.frames);
      const int count = receiver.Poll(now_us_, pcm.subspan(samples), room);
      const size_t first_sample = samples;
      for (Frame& frame : room.first(static_cast<size_t>(count))) {
        frame.sample_offset += static_cast<int32_t>(first_sample);
        samples += static_cast<size_t>(frame.sample_count);
      }
      progress.frames += static_cast<size_t>(count);
      if (count > 0 && !receiver.IsDrained()) continue;
      const int64_t wakeup_us = receiver.NextWakeupUs();
      now_us_ = wakeup_us > now_us_ ? std::min(wakeup_us, packet.arrival_us)
                                    : packet.arrival_us;
    }
    if (now_us_ == kNever) now_us_ = packet.arrival_us;
    receiver.Push(packet.bytes, packet.arrival_us);
    ++progress.packets;
  }
  return progress;
}

}  // namespace earshot
