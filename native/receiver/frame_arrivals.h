#ifndef EARSHOT_RECEIVER_FRAME_ARRIVALS_H_
#define EARSHOT_RECEIVER_FRAME_ARRIVALS_H_

#include <array>
#include <cstdint>

#include "receiver/packet_buffer.h"
#include "receiver/playout_time.h"
#include "receiver/sender_clock.h"
#include "receiver/target_delay.h"

namespace earshot {

// Tells the target delay when the audio of each frame became available, once
// for each: by its own packet or by the copy in the next one.
class FrameArrivals {
 public:
  // The references must outlive this object.
  FrameArrivals(const PlayoutTime& time, const SenderClock& clock,
                TargetDelay& target);

  // `predecessor`: of the number before the packet's.
  void OnPacket(const BufferedPacket& packet, int64_t slip_ticks,
                PacketState predecessor, Availability availability);

 private:
  const PlayoutTime& time_;
  const SenderClock& clock_;
  TargetDelay& target_;
  std::array<int64_t, 64> known_sequences_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_FRAME_ARRIVALS_H_
