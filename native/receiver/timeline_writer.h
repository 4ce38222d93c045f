#ifndef EARSHOT_RECEIVER_TIMELINE_WRITER_H_
#define EARSHOT_RECEIVER_TIMELINE_WRITER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "receiver/confidence.h"
#include "receiver/counters.h"
#include "receiver/decode_cursor.h"
#include "receiver/delay_model.h"
#include "receiver/extrapolator.h"
#include "receiver/frame_queue.h"
#include "receiver/look_ahead.h"
#include "receiver/packet_buffer.h"
#include "receiver/recognizer_policy.h"
#include "receiver/repairer.h"
#include "receiver/sender_clock.h"
#include "receiver/timeline.h"

namespace earshot {

// Who reads the timeline.
enum class Readers {
  kRecognizer,
  kPlayout,
  kBoth,
};

constexpr bool HasRecognizer(Readers readers) {
  return readers != Readers::kPlayout;
}

struct TimelineWriterConfig {
  DecoderConfig decoder;
  Readers readers = Readers::kRecognizer;
  int64_t deadline_us = 150'000;
  int64_t audio_ticks = 0;  // How much of what is written playout may read.
};

// Turns waiting packets into the timeline: decodes what can be decoded, decides
// at holes and at the end of what is known, and repairs the past.
class TimelineWriter {
 public:
  // The references must outlive this object.
  TimelineWriter(const TimelineWriterConfig& config, PacketBuffer& buffer,
                 const SenderClock& clock, const DelayModel& delays,
                 Counters& counters);

  // The stream begins with this number.
  void StartAt(int64_t sequence);

  // A packet came after its audio had been written; it may heal the past.
  void TakeLate(const BufferedPacket& packet, std::span<const uint8_t> payload);

  // Writes what is due. `needed_ticks`: the position up to which playout cannot
  // wait for what is missing any longer. False when the queue is full: there is
  // more to do.
  bool Advance(int64_t now_us, int64_t needed_ticks);

  // Has what has come too late for the timeline, but not for playout, repaired
  // by the next Advance; beside a recognizer it has its time.
  void HurryRepairs(int64_t from_ticks, int64_t to_ticks) {
    if (!queue_) repairer_.HurryFor(from_ticks, to_ticks);
  }

  // No packet will come any more.
  void End();

  // When Advance has something to do if no packet comes; kNever for not at all.
  int64_t WakeupUs() const { return wakeup_us_; }

  const Timeline& timeline() const { return timeline_; }
  // Playout has what it needs of the samples before this one.
  void ForgetAudio(int64_t sample) { timeline_.ForgetAudio(sample); }
  // Of the recognizer; nullptr where there is none.
  FrameQueue* queue() { return queue_ ? &*queue_ : nullptr; }
  bool HasFrames() const { return queue_ && !queue_->IsEmpty(); }
  const DecodeCursor& live() const { return live_; }
  size_t SamplesOf(int64_t ticks) const { return live_.SamplesOf(ticks); }

  // Up to here the timeline holds no guess that the next packet may overthrow.
  int64_t KnownEndTicks() const {
    const DecodeCursor::Place& place = live_.place();
    if (IsAhead()) return timeline_.end_ticks();
    return tail_judged_ ? place.head_ticks
                        : place.head_ticks - place.tail_ticks;
  }

  // Whether the sender's codec is silent where the timeline ends.
  bool IsInSilence() const {
    return IsAhead() ? look_ahead_->IsInSilence() : live_.IsSilent();
  }

  // Whether packets are here that the timeline does not reach yet.
  bool HasWaiting() const {
    return IsAhead() ? look_ahead_->HasWaiting() : buffer_.waiting() > 0;
  }

  // Of playout; the first begins anew behind what is known. Not to be used
  // between an Advance that returned false and the next.
  void BeginExtrapolation() {
    extrapolator_->Begin(IsAhead() ? look_ahead_->End() : live_);
  }
  void Extrapolate(std::span<int16_t> pcm) { extrapolator_->Fill(pcm); }

  void Report(Counters& counters) const {
    counters.repairs = repairer_.repairs();
    counters.repaired_ticks = repairer_.repaired_ticks();
  }

 private:
  bool HasRoom() const { return !queue_ || queue_->HasRoom(MostSamples()); }
  // Of a frame.
  size_t MostSamples() const { return live_.SamplesOf(kMaxPacketTicks); }
  void SkipPassedPackets();
  Step PlanAt(const BufferedPacket* next) const;
  HeadState LookAtHead(const Step& step, const BufferedPacket* next) const;
  bool IsAhead() const { return look_ahead_ && look_ahead_->IsAhead(); }
  // Whether playout is at a hole: newer packets are here, and nothing is gained
  // by making audio up outside of the timeline, unless a recognizer waits.
  bool IsNeeded(const Step& step, int64_t needed_ticks) const {
    return !look_ahead_ && step.kind != StepKind::kTail &&
           live_.place().head_ticks < needed_ticks;
  }
  void Act(const Step& step, const BufferedPacket* next);
  void TakeOut(int64_t sequence);
  void JudgeTail(const BufferedPacket& next);
  void Announce(const Step& step, const Made& made,
                std::span<const int16_t> pcm);

  const TimelineWriterConfig config_;
  PacketBuffer& buffer_;
  const SenderClock& clock_;
  const DelayModel& delays_;
  Counters& counters_;
  DecodeCursor live_;
  Timeline timeline_;
  Repairer repairer_;
  std::optional<FrameQueue> queue_;
  std::optional<Extrapolator> extrapolator_;
  std::optional<LookAhead> look_ahead_;  // Beside a recognizer.
  Confidence confidence_;

  bool started_ = false;
  bool ended_ = false;
  bool tail_judged_ = true;
  int64_t loss_run_ticks_ = 0;
  int64_t newest_arrival_us_ = kNever;  // Of the packets that were used.
  int64_t now_us_ = 0;
  int64_t wakeup_us_ = kNever;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_TIMELINE_WRITER_H_
