#ifndef EARSHOT_RECEIVER_RECEIVER_H_
#define EARSHOT_RECEIVER_RECEIVER_H_

#include <cstdint>
#include <optional>
#include <span>

#include "receiver/concealment_budget.h"
#include "receiver/counters.h"
#include "receiver/delay_model.h"
#include "receiver/frame.h"
#include "receiver/host_stalls.h"
#include "receiver/intake.h"
#include "receiver/nack_planner.h"
#include "receiver/packet_buffer.h"
#include "receiver/payload_map.h"
#include "receiver/playout.h"
#include "receiver/sender_clock.h"
#include "receiver/timeline_writer.h"

namespace earshot {

struct ReceiverConfig {
  int sample_rate_hz = 16000;       // 8000, 12000, 16000, 24000 or 48000.
  int64_t deadline_us = 150'000;    // Over the minimum-delay line.
  double eagerness = 1;             // See DelayModel.
  PayloadMap payloads;              // Empty: guessed from the first packet.
  int capture_time_extension = 0;   // Of abs-capture-time, 1..255; 0: none.
  int64_t max_fill_us = 2'000'000;  // Longest gap that is filled with PCM.
  Readers readers = Readers::kRecognizer;
  int channels = 1;                  // 2 for playout only.
  int64_t min_delay_us = 0;          // Of playout, over the line.
  int64_t max_delay_us = 1'000'000;  // Of playout.
  OpusLibrary library = OpusLibrary::BuiltIn();
  int64_t deep_plc_us_per_tick = 2'000;  // See ConcealmentBudget.
  // In place of an own one: shared with other receivers, and outliving them.
  ConcealmentBudget* budget = nullptr;
};

// One RTP stream of Opus: packets in whenever they arrive, frames of PCM out on
// the sender's time base. Reads no clock: what it hands out depends on the
// configuration and the calls alone. Times are µs on one monotonic clock,
// positions are 48 kHz ticks from the first packet. Allocates only when made.
class Receiver {
 public:
  explicit Receiver(const ReceiverConfig& config);

  // Takes a whole RTP packet. Anything a network can send is at worst counted.
  void Push(std::span<const uint8_t> packet, int64_t arrival_us);

  // Writes the frames that are due at `now_us`, and their PCM, as many as fit.
  // Returns how many; call again until it returns 0. Push everything that has
  // arrived first, or a stalled host turns packets into concealment. `pcm` must
  // hold at least 120 ms, `frames` at least one.
  int Poll(int64_t now_us, std::span<int16_t> pcm, std::span<Frame> frames);

  // Makes the next 10 ms for a listener who hears them; `pcm` must be exactly
  // that. To be called as often as 10 ms have passed: what counts is the number
  // of calls, not when each of them comes. Only with playout among the readers.
  PlayoutBlock Pull(int64_t now_us, std::span<int16_t> pcm);

  // Says that no packet will come any more: what waits at a hole is handed out
  // by the next Poll, and nothing is made up behind the last packet.
  void End();

  // Whether Poll has nothing left to hand out at the time it was last called
  // with.
  bool IsDrained() const { return is_settled_ && !writer_.HasFrames(); }

  // When Poll or TakeNacks has something to do if no packet comes; kNever for
  // not at all.
  int64_t NextWakeupUs() const;

  // The sender's wall clock at an RTP timestamp; frames then know when they
  // were captured, and where another SSRC takes the stream's place the silence
  // between the two is as long as it was.
  void OnSenderReport(const SenderReport& report) {
    intake_.wall_clock().OnReport(report);
  }

  // The round trip to the sender; from here on missing packets are asked for.
  void SetRoundTrip(int64_t rtt_us) { nacks_.SetRoundTrip(rtt_us); }

  // Writes which packets to ask the sender for now; returns how many. Their
  // numbers are those on the wire.
  int TakeNacks(int64_t now_us, std::span<NackRequest> nacks);

  // Moves key presses (RFC 4733) to `events`, oldest first; returns how many.
  int TakeTelephoneEvents(int64_t now_us, std::span<TelephoneEvent> events) {
    return intake_.events().Take(now_us, events);
  }

  const Counters& ReadCounters();
  PlayoutCounters ReadPlayoutCounters() const {
    return playout_ ? playout_->counters() : PlayoutCounters();
  }

 private:
  void Place(const Arrival& arrival);
  int64_t DueUs() const;
  void NoteHoles(const BufferedPacket& packet, bool tells_of_path);
  void Observe(int64_t now_us);
  int HandOut(std::span<int16_t> pcm, std::span<Frame> frames);

  const bool has_recognizer_;
  ConcealmentBudget own_budget_;
  ConcealmentBudget& budget_;
  Counters counters_;
  HostStalls stalls_;
  PacketBuffer buffer_;
  SenderClock clock_;
  DelayModel delays_;
  PayloadMap payloads_;
  Intake intake_;
  NackPlanner nacks_;
  TimelineWriter writer_;
  std::optional<Playout> playout_;

  int64_t newest_sequence_ = kNever;
  int64_t judged_sequence_ = 0;  // Holes below have been learnt from.
  int64_t now_us_ = 0;
  int64_t wakeup_us_ = kNever;
  int64_t pull_due_us_ = kNever;
  bool is_settled_ = false;  // Nothing is left to do at `now_us_`.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_RECEIVER_H_
