#include "receiver/receiver.h"

#include <algorithm>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int64_t kNothingNeeded = -1;
constexpr int64_t kRepairWindowUs = 1'000'000;
// What playout has not read yet is at most the greatest delay, a packet and a
// block of its own long.
constexpr int64_t kReadAheadTicks = kMaxPacketTicks + 10 * kTicksPerMs;

// A caller may pull this much at once, and then wait as long.
constexpr int64_t kPullsUs = 60'000;

int64_t TicksOf(int64_t us) { return us * kTicksPerMs / 1000; }

TimelineWriterConfig WriterConfig(const ReceiverConfig& config,
                                  ConcealmentBudget& budget,
                                  const PayloadMap& payloads) {
  TimelineWriterConfig writer;
  writer.decoder.sample_rate_hz = config.sample_rate_hz;
  writer.decoder.channels = config.channels;
  writer.decoder.max_gap_ticks = TicksOf(config.max_fill_us);
  writer.decoder.library = config.library;
  if (config.library.features().deep_plc) writer.decoder.budget = &budget;
  writer.decoder.payloads = &payloads;
  writer.readers = config.readers;
  writer.deadline_us = config.deadline_us;
  if (config.readers != Readers::kRecognizer) {
    writer.audio_ticks = std::min(
        TicksOf(config.max_delay_us) + kReadAheadTicks, Repairer::kMemoryTicks);
    writer.audio_ticks -= writer.audio_ticks % kGridTicks;
  }
  return writer;
}

size_t PayloadBytes(const ReceiverConfig& config) {
  const bool is_narrow = config.channels == 1 && config.sample_rate_hz <= 16000;
  const bool is_playout = config.readers == Readers::kPlayout;
  if (is_narrow) return is_playout ? 32'768 : 61'440;
  return config.readers == Readers::kRecognizer ? 61'440 : 65'536;
}

}  // namespace

Receiver::Receiver(const ReceiverConfig& config)
    : has_recognizer_(HasRecognizer(config.readers)),
      own_budget_(config.deep_plc_us_per_tick),
      budget_(config.budget == nullptr ? own_budget_ : *config.budget),
      buffer_(PayloadBytes(config)),
      delays_(config.deadline_us, config.eagerness),
      payloads_(config.payloads),
      intake_(payloads_, TicksOf(config.max_fill_us), buffer_, clock_, stalls_,
              counters_),
      nacks_(config.deadline_us + kRepairWindowUs),
      writer_(WriterConfig(config, budget_, payloads_), buffer_, clock_,
              delays_, counters_) {
  intake_.wall_clock().ReadExtension(config.capture_time_extension);
  if (config.readers == Readers::kRecognizer) return;
  PlayoutConfig playout;
  playout.sample_rate_hz = config.sample_rate_hz;
  playout.channels = config.channels;
  playout.min_delay_us = config.min_delay_us;
  playout.max_delay_us = config.max_delay_us;
  playout_.emplace(playout, clock_, writer_);
}

// ---- Packets in.

void Receiver::Push(std::span<const uint8_t> packet, int64_t arrival_us) {
  stalls_.OnCall(arrival_us, DueUs());
  const int64_t slip_ticks = writer_.live().place().slip_ticks;
  for (const Arrival& arrival : intake_.Take(packet, arrival_us, slip_ticks)) {
    Place(arrival);
  }
}

// A packet is early enough for its audio, or late and may heal the past.
void Receiver::Place(const Arrival& arrival) {
  const BufferedPacket& packet = arrival.packet;
  if (newest_sequence_ == kNever) {
    newest_sequence_ = packet.sequence;
    judged_sequence_ = packet.sequence;
    writer_.StartAt(packet.sequence);
  }
  const DecodeCursor::Place& place = writer_.live().place();
  const int64_t end_ticks =
      packet.media_ticks + place.slip_ticks + packet.coded.duration_ticks;
  const bool tells_of_path =
      !stalls_.HeldBack(clock_.LineUs(end_ticks), packet.arrival_us);
  if (playout_ && !packet.is_mute() && tells_of_path) {
    playout_->OnPacket(
        packet, place.slip_ticks, buffer_.StateOf(packet.sequence - 1),
        packet.sequence >= newest_sequence_ ? Availability::kInOrder
                                            : Availability::kIntoHole);
  }
  NoteHoles(packet, tells_of_path);
  // A copy comes late on purpose, and an event says nothing of its time.
  if (!packet.is_copy && !packet.is_mute() && tells_of_path) {
    delays_.OnPacket(packet.arrival_us - clock_.PresentLineUs(end_ticks));
  }
  wakeup_us_ = packet.arrival_us;
  is_settled_ = false;
  if (packet.is_event()) {
    buffer_.MarkEmpty(packet.sequence, arrival.payload.empty()
                                           ? PacketState::kPadding
                                           : PacketState::kEvent);
  } else if (packet.sequence < place.next_sequence) {
    writer_.TakeLate(packet, arrival.payload);
  } else if (!buffer_.Insert(packet, arrival.payload)) {
    ++counters_.packets_overflow;
  }
}

// Learns how holes end: a number that a newer packet passed over is missing
// until it comes, or for as long as is observed.
void Receiver::NoteHoles(const BufferedPacket& packet, bool tells_of_path) {
  if (packet.starts_epoch) {
    nacks_.Clear();
  } else {
    nacks_.OnHere(packet.sequence);
  }
  if (buffer_.StateOf(packet.sequence) == PacketState::kMissing &&
      packet.sequence >= judged_sequence_ && tells_of_path) {
    delays_.OnHoleFilled(packet.arrival_us -
                         buffer_.MissingSinceUs(packet.sequence));
  }
  const int64_t oldest = packet.sequence - PacketBuffer::kSlots;
  for (int64_t s = std::max(newest_sequence_ + 1, oldest); s < packet.sequence;
       ++s) {
    buffer_.MarkMissing(s, packet.arrival_us);
    nacks_.OnMissing(s, packet.arrival_us);
  }
  newest_sequence_ = std::max(newest_sequence_, packet.sequence);
  judged_sequence_ = std::max(judged_sequence_, oldest);
  while (judged_sequence_ < newest_sequence_) {
    if (buffer_.StateOf(judged_sequence_) == PacketState::kMissing) {
      const int64_t missing_us =
          packet.arrival_us - buffer_.MissingSinceUs(judged_sequence_);
      if (missing_us < delays_.HorizonUs()) break;
      if (tells_of_path) delays_.OnHoleLost();
    }
    ++judged_sequence_;
  }
}

// ---- Frames out.

int Receiver::Poll(int64_t now_us, std::span<int16_t> pcm,
                   std::span<Frame> frames) {
  Observe(now_us);
  // What was made before comes first: it leaves its place on the timeline when
  // much is made after it.
  const int count = HandOut(pcm, frames);
  if (count > 0 || is_settled_) return count;
  is_settled_ = writer_.Advance(now_us_, kNothingNeeded);
  wakeup_us_ = writer_.WakeupUs();
  return HandOut(pcm, frames);
}

PlayoutBlock Receiver::Pull(int64_t now_us, std::span<int16_t> pcm) {
  Observe(now_us);
  pull_due_us_ = now_us_ + kPullsUs;
  const int64_t needed_ticks = playout_->NeededTicks(now_us_);
  // A recognizer that is not polled must not keep playout waiting.
  while (!writer_.Advance(now_us_, needed_ticks)) {
    writer_.queue()->DropFront();
    ++counters_.frames_dropped;
  }
  wakeup_us_ = writer_.WakeupUs();
  return playout_->Take(pcm);
}

// When the host is late: for what it was asked to do, or for its next pull; it
// may pull several blocks at once.
int64_t Receiver::DueUs() const {
  if (!has_recognizer_ || wakeup_us_ == kNever) return pull_due_us_;
  return pull_due_us_ == kNever ? wakeup_us_
                                : std::min(wakeup_us_, pull_due_us_);
}

void Receiver::Observe(int64_t now_us) {
  stalls_.OnCall(now_us, DueUs());
  if (now_us < now_us_) ++counters_.clock_went_back;
  if (now_us > now_us_) is_settled_ = false;
  now_us_ = std::max(now_us, now_us_);
  budget_.Refill(now_us_);
}

int Receiver::HandOut(std::span<int16_t> pcm, std::span<Frame> frames) {
  size_t count = 0;
  size_t offset = 0;
  while (writer_.HasFrames() && count < frames.size()) {
    FrameQueue& queue = *writer_.queue();
    Frame frame = queue.Front();
    const auto samples = static_cast<size_t>(frame.sample_count);
    if (pcm.size() - offset < samples) break;
    frame.sample_offset = static_cast<int32_t>(offset);
    frame.finalised_us = now_us_;
    frame.capture_us = intake_.wall_clock().CaptureUsAt(frame.media_ticks);
    queue.TakeFront(pcm.subspan(offset, samples));
    frames[count++] = frame;
    offset += samples;
  }
  return static_cast<int>(count);
}

int Receiver::TakeNacks(int64_t now_us, std::span<NackRequest> nacks) {
  const int count = nacks_.Take(now_us, nacks);
  for (NackRequest& nack : nacks.first(static_cast<size_t>(count))) {
    nack.sequence = intake_.NumberOf(nack.sequence);
  }
  return count;
}

int64_t Receiver::NextWakeupUs() const {
  if (has_recognizer_ && writer_.HasFrames()) return now_us_;
  const int64_t nack_us = nacks_.DueUs(now_us_);
  if (nack_us == kNever) return wakeup_us_;
  return wakeup_us_ == kNever ? nack_us : std::min(wakeup_us_, nack_us);
}

void Receiver::End() {
  writer_.End();
  if (playout_) playout_->End();
  wakeup_us_ = now_us_;
  is_settled_ = false;
}

const Counters& Receiver::ReadCounters() {
  counters_.host_stalls = stalls_.count();
  intake_.Report(counters_);
  writer_.Report(counters_);
  return counters_;
}

}  // namespace earshot
