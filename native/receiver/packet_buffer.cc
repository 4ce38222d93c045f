#include "receiver/packet_buffer.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "receiver/digest.h"

namespace earshot {
namespace {

// Never 0.
uint16_t ShortDigestOf(std::span<const uint8_t> payload) {
  return static_cast<uint16_t>(DigestOf(std::as_bytes(payload)) >> 16 | 1);
}

}  // namespace

PacketBuffer::PacketBuffer(size_t payload_bytes)
    : slots_(kSlots), payloads_(payload_bytes) {}

bool PacketBuffer::Insert(const BufferedPacket& packet,
                          std::span<const uint8_t> payload) {
  if (!Store(packet, payload, PacketState::kWaiting)) return false;
  oldest_ =
      waiting_ == 0 ? packet.sequence : std::min(oldest_, packet.sequence);
  ++waiting_;
  return true;
}

bool PacketBuffer::InsertKept(const BufferedPacket& packet,
                              std::span<const uint8_t> payload) {
  return packet.sequence >= kept_from_ &&
         Store(packet, payload, PacketState::kKept);
}

bool PacketBuffer::Store(const BufferedPacket& packet,
                         std::span<const uint8_t> payload, PacketState state) {
  assert(payload.size() <= kMaxPayloadBytes);
  Slot& slot = slots_[IndexOf(packet.sequence)];
  if (slot.state == PacketState::kWaiting) return false;
  // What is kept from a turn of the ring ago makes way; what is newer does not.
  if (slot.state == PacketState::kKept) {
    if (slot.packet.sequence >= packet.sequence) return false;
    FreePayload(slot);
    slot.state = PacketState::kSeen;
  }
  const auto place = StorePayload(payload);
  if (!place) {
    slot.state = PacketState::kUnknown;
    slot.payload_digest = 0;
    return false;
  }
  slot.packet = packet;
  slot.state = state;
  slot.payload_bytes = static_cast<uint16_t>(payload.size());
  slot.payload_place = *place;
  slot.payload_digest = ShortDigestOf(payload);
  newest_ = std::max(newest_, packet.sequence);
  return true;
}

// What waits has the room of what is only kept.
std::optional<uint16_t> PacketBuffer::StorePayload(
    std::span<const uint8_t> payload) {
  auto place = payloads_.Store(payload);
  if (!place && kept_from_ <= newest_ - kSlots) {
    ForgetBelow(newest_ + 1 - kSlots);
    place = payloads_.Store(payload);
  }
  while (!place && kept_from_ <= newest_) {
    const bool makes_room = StateOf(kept_from_) == PacketState::kKept;
    ForgetBelow(kept_from_ + 1);
    if (makes_room) place = payloads_.Store(payload);
  }
  return place;
}

void PacketBuffer::FreePayload(const Slot& slot) {
  payloads_.Free(slot.payload_place, slot.payload_bytes);
}

void PacketBuffer::ForgetBelow(int64_t sequence) {
  if (sequence - kept_from_ > kSlots) {
    // A jump of more than the ring: look at every slot.
    for (Slot& slot : slots_) {
      if (slot.packet.sequence < sequence) Forget(slot);
    }
    kept_from_ = sequence;
  }
  for (; kept_from_ < sequence; ++kept_from_) {
    Slot& slot = slots_[IndexOf(kept_from_)];
    if (slot.packet.sequence == kept_from_) Forget(slot);
  }
}

void PacketBuffer::Forget(Slot& slot) {
  if (slot.state != PacketState::kKept) return;
  FreePayload(slot);
  slot.state = PacketState::kSeen;
}

const BufferedPacket* PacketBuffer::FirstFrom(int64_t sequence) const {
  const int64_t first = std::max(sequence, newest_ + 1 - kSlots);
  for (int64_t s = first; s <= newest_; ++s) {
    const PacketState state = StateOf(s);
    if (state == PacketState::kWaiting || state == PacketState::kKept) {
      return &slots_[IndexOf(s)].packet;
    }
  }
  return nullptr;
}

PacketState PacketBuffer::StateOf(int64_t sequence) const {
  const Slot& slot = slots_[IndexOf(sequence)];
  return slot.packet.sequence == sequence ? slot.state : PacketState::kUnknown;
}

const BufferedPacket* PacketBuffer::Find(int64_t sequence) const {
  return StateOf(sequence) == PacketState::kWaiting
             ? &slots_[IndexOf(sequence)].packet
             : nullptr;
}

const BufferedPacket* PacketBuffer::AudioAt(int64_t sequence) const {
  const PacketState state = StateOf(sequence);
  return IsHere(state) && !IsEmpty(state) ? &slots_[IndexOf(sequence)].packet
                                          : nullptr;
}

const BufferedPacket* PacketBuffer::Oldest() const {
  return waiting_ == 0 ? nullptr : Find(oldest_);
}

std::span<const uint8_t> PacketBuffer::Payload(int64_t sequence) const {
  const Slot& slot = slots_[IndexOf(sequence)];
  const bool is_held =
      slot.packet.sequence == sequence &&
      (slot.state == PacketState::kWaiting || slot.state == PacketState::kKept);
  if (!is_held) return {};
  return payloads_.At(slot.payload_place, slot.payload_bytes);
}

void PacketBuffer::Release(int64_t sequence) {
  Slot* slot = SlotOf(sequence, PacketState::kWaiting);
  if (slot == nullptr) return;
  FreePayload(*slot);
  slot->state = PacketState::kSeen;
  --waiting_;
  if (sequence == oldest_) FindOldest();
}

void PacketBuffer::Keep(int64_t sequence) {
  Slot* slot = SlotOf(sequence, PacketState::kWaiting);
  if (slot == nullptr) return;
  slot->state = PacketState::kKept;
  --waiting_;
  if (sequence == oldest_) FindOldest();
}

void PacketBuffer::MarkSeen(int64_t sequence) {
  Remember(sequence, PacketState::kSeen);
}

int64_t PacketBuffer::PastEmpty(int64_t sequence) const {
  while (IsEmpty(StateOf(sequence))) ++sequence;
  return sequence;
}

int64_t PacketBuffer::BeforePadding(int64_t sequence, int64_t back) const {
  const int64_t oldest = sequence - kSlots;
  while (back > 0 && sequence > oldest) {
    if (StateOf(--sequence) != PacketState::kPadding) --back;
  }
  return sequence;
}

int64_t PacketBuffer::CountAudio(int64_t first, int64_t end) const {
  int64_t count = end - first;
  for (int64_t s = std::max(first, end - kSlots); s < end; ++s) {
    if (IsEmpty(StateOf(s))) --count;
  }
  return count;
}

// The slot's memory of a packet that is here, or of a newer number, is worth
// more.
void PacketBuffer::Remember(int64_t sequence, PacketState state) {
  Slot& slot = slots_[IndexOf(sequence)];
  if (slot.state == PacketState::kWaiting || slot.state == PacketState::kKept ||
      slot.packet.sequence > sequence) {
    return;
  }
  if (slot.packet.sequence != sequence) slot.payload_digest = 0;
  slot.packet.sequence = sequence;
  slot.packet.is_copy = false;
  slot.state = state;
}

bool PacketBuffer::Conflicts(int64_t sequence,
                             std::span<const uint8_t> payload) const {
  return Remembers(sequence) && !Repeats(sequence, payload);
}

bool PacketBuffer::Repeats(int64_t sequence,
                           std::span<const uint8_t> payload) const {
  const Slot& slot = slots_[IndexOf(sequence)];
  return Remembers(sequence) && slot.payload_bytes == payload.size() &&
         slot.payload_digest == ShortDigestOf(payload);
}

bool PacketBuffer::Remembers(int64_t sequence) const {
  const Slot& slot = slots_[IndexOf(sequence)];
  return slot.packet.sequence == sequence && slot.payload_digest != 0 &&
         !slot.packet.is_copy;
}

bool PacketBuffer::TakeOriginal(int64_t sequence) {
  Slot& slot = slots_[IndexOf(sequence)];
  if (slot.packet.sequence != sequence || !slot.packet.is_copy) return false;
  slot.packet.is_copy = false;
  slot.payload_digest = 0;  // A copy may be coded in another way.
  return true;
}

void PacketBuffer::MarkMissing(int64_t sequence, int64_t since_us) {
  Slot& slot = slots_[IndexOf(sequence)];
  if (slot.state == PacketState::kWaiting || slot.state == PacketState::kKept ||
      slot.packet.sequence >= sequence) {
    return;
  }
  slot.packet.sequence = sequence;
  slot.payload_digest = 0;
  slot.packet.arrival_us = since_us;
  slot.packet.is_copy = false;
  slot.state = PacketState::kMissing;
}

PacketBuffer::Slot* PacketBuffer::SlotOf(int64_t sequence, PacketState state) {
  Slot& slot = slots_[IndexOf(sequence)];
  const bool here = slot.packet.sequence == sequence && slot.state == state;
  return here ? &slot : nullptr;
}

void PacketBuffer::FindOldest() {
  if (waiting_ == 0) return;
  // Nearly always the next number is the next oldest.
  for (int64_t sequence = oldest_ + 1; sequence <= oldest_ + kSlots;
       ++sequence) {
    if (StateOf(sequence) == PacketState::kWaiting) {
      oldest_ = sequence;
      return;
    }
  }
  // A jump of more than the ring: look at every slot.
  oldest_ = std::numeric_limits<int64_t>::max();
  for (const Slot& slot : slots_) {
    if (slot.state == PacketState::kWaiting) {
      oldest_ = std::min(oldest_, slot.packet.sequence);
    }
  }
}

}  // namespace earshot
