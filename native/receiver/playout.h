#ifndef EARSHOT_RECEIVER_PLAYOUT_H_
#define EARSHOT_RECEIVER_PLAYOUT_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/comfort_noise.h"
#include "dsp/merge.h"
#include "dsp/noise_floor.h"
#include "receiver/frame_arrivals.h"
#include "receiver/packet_buffer.h"
#include "receiver/playout_account.h"
#include "receiver/playout_buffer.h"
#include "receiver/playout_policy.h"
#include "receiver/playout_stretch.h"
#include "receiver/playout_time.h"
#include "receiver/sender_clock.h"
#include "receiver/target_delay.h"
#include "receiver/timeline_writer.h"

namespace earshot {

struct PlayoutConfig {
  int sample_rate_hz = 16000;
  int channels = 1;
  int64_t min_delay_us = 0;  // Over the minimum-delay line.
  int64_t max_delay_us = 1'000'000;
};

// Reads the timeline for a listener who hears it: 10 ms at a time on a steady
// clock, at a delay that follows the network. What has not come is made up and
// waited for: late audio is played, and time-stretch brings the delay back.
class Playout {
 public:
  // The references must outlive this object.
  Playout(const PlayoutConfig& config, const SenderClock& clock,
          TimelineWriter& writer);

  // A packet of the stream came, before it is written. `predecessor`: of the
  // number before it.
  void OnPacket(const BufferedPacket& packet, int64_t slip_ticks,
                PacketState predecessor, Availability availability) {
    arrivals_.OnPacket(packet, slip_ticks, predecessor, availability);
  }

  // The position up to which the timeline must be written for the next Take.
  int64_t NeededTicks(int64_t now_us);

  // Makes the next 10 ms; `out` must be exactly that. To be called after the
  // timeline was written up to what is needed.
  PlayoutBlock Take(std::span<int16_t> out);

  void End() { has_ended_ = true; }

  const PlayoutCounters& counters() const { return account_.counters(); }

 private:
  // Of the timeline: what is known, and what of it is not taken yet.
  int64_t KnownEndSample() const {
    return time_.SampleAtTicks(writer_.KnownEndTicks());
  }
  int64_t AudioBeginSample() const {
    return time_.SampleAtTicks(writer_.timeline().audio_begin_ticks());
  }
  int AvailableSamples() const {
    return static_cast<int>(
        std::max<int64_t>(0, KnownEndSample() - next_sample_));
  }
  Provenance ProvenanceAt(int64_t sample) const {
    return writer_.timeline().ProvenanceAt(time_.TicksOf(sample));
  }
  bool Start();
  // The oldest sample that is not played yet.
  int64_t FrontSample() const {
    return buffer_.ahead_samples() > 0 ? buffer_.front().media_sample
                                       : next_sample_;
  }
  void FollowJumps();
  void LimitDelay();
  void JumpTo(int64_t media_sample);
  void Resume();
  void SkipWhatWasMadeUp();
  void LeaveConcealment();
  void KeepConcealment();
  void Refill(int ahead_samples);
  void Change();
  void BeginMakingUp();
  void MakeUp(int samples);
  void ExtrapolateInto(std::span<int16_t> room);
  void Learn(const PlayoutBlock& block, std::span<const int16_t> pcm);

  const PlayoutConfig config_;
  TimelineWriter& writer_;
  PlayoutTime time_;
  TargetDelay target_;
  FrameArrivals arrivals_;
  PlayoutBuffer buffer_;
  PlayoutAccount account_;
  PlayoutStretch stretch_;
  Merger merger_;
  NoiseFloor noise_floor_;
  ComfortNoise comfort_noise_;

  bool is_playing_ = false;
  bool has_ended_ = false;
  int64_t next_sample_ = 0;  // Of the timeline, not in the buffer yet.
  bool is_making_up_ = false;
  int64_t made_up_samples_ = 0;  // In a row, up to now.
  int concealment_samples_ = 0;  // Of the timeline, kept in `continuation_`.
  int64_t concealment_at_ = 0;
  Origin made_up_origin_ = Origin::kMadeUp;

  std::vector<int16_t> continuation_;  // What would have been made up next.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PLAYOUT_H_
