#include "receiver/frame_arrivals.h"

#include "opus/opus_packet.h"

namespace earshot {

FrameArrivals::FrameArrivals(const PlayoutTime& time, const SenderClock& clock,
                             TargetDelay& target)
    : time_(time), clock_(clock), target_(target) {
  known_sequences_.fill(kNever);
}

void FrameArrivals::OnPacket(const BufferedPacket& packet, int64_t slip_ticks,
                             PacketState predecessor,
                             Availability availability) {
  const auto learn = [&](int64_t sequence, int64_t end_ticks, int ticks) {
    int64_t& known = known_sequences_[static_cast<size_t>(sequence) %
                                      known_sequences_.size()];
    if (known == sequence) return;
    known = sequence;
    target_.OnFrame(
        time_.TickAfterUs(packet.arrival_us) - clock_.LineUs(end_ticks),
        int64_t{1000} * ticks / kTicksPerMs, availability);
  };
  const int64_t at_ticks = packet.media_ticks + slip_ticks;
  if (packet.coded.has_lbrr && !IsHere(predecessor)) {
    // A copy may be of the end of a longer packet only.
    learn(packet.sequence - 1,
          at_ticks - packet.coded.frame_ticks + packet.coded.duration_ticks,
          packet.coded.frame_ticks);
  }
  learn(packet.sequence, at_ticks + packet.coded.duration_ticks,
        packet.coded.duration_ticks);
}

}  // namespace earshot
