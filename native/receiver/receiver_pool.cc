#include "receiver/receiver_pool.h"

#include <algorithm>
#include <cassert>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

size_t SamplesOf(const ReceiverConfig& config, int ticks) {
  return static_cast<size_t>(config.sample_rate_hz * config.channels) *
         static_cast<size_t>(ticks) / kTicksPerSecond;
}

}  // namespace

ReceiverPool::ReceiverPool(const ReceiverPoolConfig& config)
    : max_streams_(config.max_streams), budget_(config.deep_plc_us_per_tick) {
  assert(max_streams_ >= 1 && max_streams_ <= kMaxStreams);
}

std::optional<StreamId> ReceiverPool::Add(const ReceiverConfig& config) {
  auto slot = std::find_if(slots_.begin(), slots_.end(),
                           [](const Slot& one) { return !one.receiver; });
  if (slot == slots_.end()) {
    if (slots_.size() == static_cast<size_t>(max_streams_)) return std::nullopt;
    slot = slots_.emplace(slot);
  }
  ReceiverConfig own = config;
  own.budget = config.deep_plc_us_per_tick > 0 ? &budget_ : nullptr;
  slot->receiver = std::make_unique<Receiver>(own);
  slot->frame_samples = SamplesOf(config, kMaxPacketTicks);
  slot->block_samples = SamplesOf(config, 10 * kTicksPerMs);
  slot->has_recognizer = HasRecognizer(config.readers);
  slot->has_playout = config.readers != Readers::kRecognizer;
  return IdOf(*slot);
}

bool ReceiverPool::Remove(StreamId id) {
  Slot* slot = SlotOf(id);
  if (slot == nullptr) return false;
  const int64_t generation = slot->generation + 1;
  *slot = Slot();
  slot->generation = generation;
  return true;
}

// ---- One stream.

bool ReceiverPool::Push(StreamId id, std::span<const uint8_t> packet,
                        int64_t arrival_us) {
  Slot* slot = SlotOf(id);
  if (slot == nullptr) return false;
  slot->receiver->Push(packet, arrival_us);
  NoteNews(*slot);
  return true;
}

bool ReceiverPool::OnSenderReport(StreamId id, const SenderReport& report) {
  Slot* slot = SlotOf(id);
  if (slot == nullptr) return false;
  slot->receiver->OnSenderReport(report);
  return true;
}

bool ReceiverPool::End(StreamId id) {
  Slot* slot = SlotOf(id);
  if (slot == nullptr) return false;
  slot->receiver->End();
  NoteNews(*slot);
  return true;
}

const Counters* ReceiverPool::ReadCounters(StreamId id) {
  Slot* slot = SlotOf(id);
  return slot == nullptr ? nullptr : &slot->receiver->ReadCounters();
}

std::optional<PlayoutCounters> ReceiverPool::ReadPlayoutCounters(StreamId id) {
  const Slot* slot = SlotOf(id);
  if (slot == nullptr) return std::nullopt;
  return slot->receiver->ReadPlayoutCounters();
}

// ---- All streams.

int ReceiverPool::Poll(int64_t now_us, std::span<int16_t> pcm,
                       std::span<Frame> frames, std::span<StreamId> ids) {
  size_t count = 0;
  size_t samples = 0;
  for (size_t looked_at = 0; looked_at < slots_.size(); ++looked_at) {
    if (turn_ >= slots_.size()) turn_ = 0;
    Slot& slot = slots_[turn_];
    if (IsDue(slot, now_us)) {
      if (count == frames.size() || pcm.size() - samples < slot.frame_samples) {
        break;  // Its turn is the first of the next call.
      }
      const size_t made = static_cast<size_t>(slot.receiver->Poll(
          now_us, pcm.subspan(samples), frames.subspan(count)));
      for (Frame& frame : frames.subspan(count, made)) {
        frame.sample_offset = static_cast<int32_t>(samples);
        samples += static_cast<size_t>(frame.sample_count);
      }
      std::ranges::fill(ids.subspan(count, made), IdOf(slot));
      count += made;
      slot.has_news = false;
      slot.wakeup_us = slot.receiver->NextWakeupUs();
    }
    ++turn_;
  }
  return static_cast<int>(count);
}

int ReceiverPool::Pull(int64_t now_us, std::span<int16_t> pcm,
                       std::span<PlayoutBlock> blocks,
                       std::span<StreamId> ids) {
  size_t count = 0;
  for (Slot& slot : slots_) {
    if (!slot.has_playout) continue;
    blocks[count] = slot.receiver->Pull(now_us, pcm.first(slot.block_samples));
    ids[count] = IdOf(slot);
    pcm = pcm.subspan(slot.block_samples);
    if (slot.has_recognizer) slot.wakeup_us = slot.receiver->NextWakeupUs();
    ++count;
  }
  return static_cast<int>(count);
}

int64_t ReceiverPool::NextWakeupUs() const {
  int64_t first_us = kNever;
  for (const Slot& slot : slots_) {
    if (slot.wakeup_us == kNever) continue;
    first_us = first_us == kNever ? slot.wakeup_us
                                  : std::min(first_us, slot.wakeup_us);
  }
  return first_us;
}

// Those that are only played have nothing to poll.
void ReceiverPool::NoteNews(Slot& slot) {
  if (!slot.has_recognizer) return;
  slot.has_news = true;
  slot.wakeup_us = slot.receiver->NextWakeupUs();
}

StreamId ReceiverPool::IdOf(const Slot& slot) const {
  return slot.generation * kMaxStreams + (&slot - slots_.data());
}

ReceiverPool::Slot* ReceiverPool::SlotOf(StreamId id) {
  if (id < 0) return nullptr;
  const auto place = static_cast<size_t>(id % kMaxStreams);
  if (place >= slots_.size()) return nullptr;
  Slot& slot = slots_[place];
  return slot.receiver && slot.generation == id / kMaxStreams ? &slot : nullptr;
}

}  // namespace earshot
