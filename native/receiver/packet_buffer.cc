#include "receiver/packet_buffer.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

namespace earshot {

PacketBuffer::PacketBuffer()
    : slots_(kSlots), blocks_(kBlocks), next_block_(kBlocks) {
  for (size_t i = 0; i < kBlocks; ++i) {
    next_block_[i] = i + 1 < kBlocks ? static_cast<uint16_t>(i + 1) : kNoBlock;
  }
}

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
  const size_t blocks_needed =
      std::max<size_t>(1, (payload.size() + kBlockBytes - 1) / kBlockBytes);
  if (slot.state == PacketState::kWaiting) return false;
  // What is kept from a turn of the ring ago makes way; what is newer does not.
  if (slot.state == PacketState::kKept) {
    if (slot.packet.sequence >= packet.sequence) return false;
    FreeBlocks(slot);
  }
  if (blocks_needed > free_blocks_) MakeRoom(blocks_needed);
  if (blocks_needed > free_blocks_) {
    slot.state = PacketState::kUnknown;
    return false;
  }
  slot.packet = packet;
  slot.state = state;
  slot.payload_bytes = static_cast<uint16_t>(payload.size());
  slot.first_block = free_block_;
  uint16_t last = kNoBlock;
  for (size_t i = 0; i < blocks_needed; ++i) {
    last = free_block_;
    free_block_ = next_block_[last];
    const auto part = payload.subspan(
        i * kBlockBytes,
        std::min(kBlockBytes, payload.size() - i * kBlockBytes));
    std::copy(part.begin(), part.end(), blocks_[last].begin());
  }
  next_block_[last] = kNoBlock;
  free_blocks_ -= blocks_needed;
  newest_ = std::max(newest_, packet.sequence);
  return true;
}

void PacketBuffer::MakeRoom(size_t blocks_needed) {
  while (free_blocks_ < blocks_needed && kept_from_ <= newest_) {
    ForgetBelow(kept_from_ + 1);
  }
}

void PacketBuffer::ForgetBelow(int64_t sequence) {
  // Numbers more than a turn of the ring back have no slot of their own any
  // more.
  kept_from_ = std::max(kept_from_, std::min(sequence, newest_ + 1 - kSlots));
  for (; kept_from_ < sequence; ++kept_from_) {
    if (Slot* slot = SlotOf(kept_from_, PacketState::kKept)) {
      FreeBlocks(*slot);
      slot->state = PacketState::kSeen;
    }
  }
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

const BufferedPacket* PacketBuffer::Oldest() const {
  return waiting_ == 0 ? nullptr : Find(oldest_);
}

std::span<const uint8_t> PacketBuffer::Payload(int64_t sequence) {
  const Slot* slot = SlotOf(sequence, PacketState::kWaiting);
  if (slot == nullptr) slot = SlotOf(sequence, PacketState::kKept);
  if (slot == nullptr) return {};
  if (slot->payload_bytes <= kBlockBytes) {
    return {blocks_[slot->first_block].data(), slot->payload_bytes};
  }
  size_t copied = 0;
  for (uint16_t block = slot->first_block; copied < slot->payload_bytes;
       block = next_block_[block]) {
    const size_t bytes = std::min(kBlockBytes, slot->payload_bytes - copied);
    std::memcpy(gathered_.data() + copied, blocks_[block].data(), bytes);
    copied += bytes;
  }
  return {gathered_.data(), slot->payload_bytes};
}

void PacketBuffer::Release(int64_t sequence) {
  Slot* slot = SlotOf(sequence, PacketState::kWaiting);
  if (slot == nullptr) return;
  FreeBlocks(*slot);
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

void PacketBuffer::FreeBlocks(Slot& slot) {
  uint16_t last = slot.first_block;
  size_t count = 1;
  while (next_block_[last] != kNoBlock) {
    last = next_block_[last];
    ++count;
  }
  next_block_[last] = free_block_;
  free_block_ = slot.first_block;
  free_blocks_ += count;
}

void PacketBuffer::MarkSeen(int64_t sequence) {
  Remember(sequence, PacketState::kSeen);
}

void PacketBuffer::MarkEmpty(int64_t sequence) {
  Remember(sequence, PacketState::kEmpty);
}

int64_t PacketBuffer::PastEmpty(int64_t sequence) const {
  while (StateOf(sequence) == PacketState::kEmpty) ++sequence;
  return sequence;
}

int64_t PacketBuffer::CountAudio(int64_t first, int64_t end) const {
  int64_t count = end - first;
  for (int64_t s = std::max(first, end - kSlots); s < end; ++s) {
    if (StateOf(s) == PacketState::kEmpty) --count;
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
  slot.packet.sequence = sequence;
  slot.packet.is_copy = false;
  slot.state = state;
}

bool PacketBuffer::TakeOriginal(int64_t sequence) {
  Slot& slot = slots_[IndexOf(sequence)];
  if (slot.packet.sequence != sequence || !slot.packet.is_copy) return false;
  slot.packet.is_copy = false;
  return true;
}

void PacketBuffer::MarkMissing(int64_t sequence, int64_t since_us) {
  Slot& slot = slots_[IndexOf(sequence)];
  if (slot.state == PacketState::kWaiting || slot.state == PacketState::kKept ||
      slot.packet.sequence >= sequence) {
    return;
  }
  slot.packet.sequence = sequence;
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
