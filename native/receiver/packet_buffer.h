#ifndef EARSHOT_RECEIVER_PACKET_BUFFER_H_
#define EARSHOT_RECEIVER_PACKET_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/coded_packet.h"
#include "receiver/payload_slab.h"

namespace earshot {

constexpr size_t kMaxPayloadBytes = 4096;

// A packet waiting to be decoded.
struct BufferedPacket {
  int64_t sequence = -1;  // Unwrapped.
  int64_t media_ticks = 0;
  int64_t arrival_us = 0;
  CodedPacket coded;
  uint8_t payload_type = 0;
  // Bits, so that 512 of these do not take more than they must.
  bool starts_epoch : 1 = false;  // Its timestamp owes nothing to earlier ones.
  bool is_copy : 1 = false;  // An identical one, sent with another (RFC 2198).

  // Holds a place in the sequence and no audio: comfort noise, events, padding.
  bool is_mute() const { return coded.duration_ticks == 0; }
  // Says nothing of what sounds where it stands.
  bool is_event() const { return is_mute() && !coded.is_dtx; }
};

// What is known of a sequence number.
enum class PacketState : uint8_t {
  kUnknown,
  kMissing,  // A newer packet came before it; it may come yet.
  kWaiting,  // To be decoded.
  kKept,     // Decoded or too late, its payload still here to decode again.
  kSeen,     // Came, and is gone.
  // Came, and holds a number but no time:
  kEvent,
  kPadding,
};

// Whether a packet with this state came.
constexpr bool IsHere(PacketState state) {
  return state != PacketState::kUnknown && state != PacketState::kMissing;
}

// Whether no audio has this number.
constexpr bool IsEmpty(PacketState state) {
  return state == PacketState::kEvent || state == PacketState::kPadding;
}

// Packets by sequence number: a ring of slots, and their payloads in one slab.
// Both are bounded and allocated once. A full buffer refuses the newcomer and
// never flushes what waits.
class PacketBuffer {
 public:
  // With room for so much payload.
  explicit PacketBuffer(size_t payload_bytes);

  // False when there is no room; the sequence must not be waiting already.
  bool Insert(const BufferedPacket& packet, std::span<const uint8_t> payload);

  PacketState StateOf(int64_t sequence) const;

  // Empty (nullptr) unless `sequence` is waiting.
  const BufferedPacket* Find(int64_t sequence) const;

  // What is known of a packet with audio that came; nullptr where none did.
  const BufferedPacket* AudioAt(int64_t sequence) const;

  // The waiting packet with the lowest number, or nullptr.
  const BufferedPacket* Oldest() const;

  // Payload of a waiting or kept packet; valid until another is inserted.
  std::span<const uint8_t> Payload(int64_t sequence) const;

  // Frees a waiting packet and remembers that it was used.
  void Release(int64_t sequence);

  // Takes a waiting packet out of the line but keeps its payload, until
  // ForgetBelow or until the room is needed.
  void Keep(int64_t sequence);

  // Inserts a packet as if it had been waiting and was kept.
  bool InsertKept(const BufferedPacket& packet,
                  std::span<const uint8_t> payload);

  // Frees everything kept with a number below `sequence`.
  void ForgetBelow(int64_t sequence);

  // The packet with the lowest number from `sequence` on whose payload is here,
  // waiting or kept; nullptr when there is none.
  const BufferedPacket* FirstFrom(int64_t sequence) const;

  // Remembers that `sequence` came, although too late to be kept.
  void MarkSeen(int64_t sequence);

  // Remembers that `sequence` came and holds no time. `state`: kEvent or
  // kPadding.
  void MarkEmpty(int64_t sequence, PacketState state) {
    Remember(sequence, state);
  }

  // The first number from `sequence` on that may be audio.
  int64_t PastEmpty(int64_t sequence) const;

  // The number that a sender gave the `back`th packet before `sequence` that
  // was no padding, as far as is known.
  int64_t BeforePadding(int64_t sequence, int64_t back) const;

  // How many numbers from `first` up to below `end` may be audio.
  int64_t CountAudio(int64_t first, int64_t end) const;

  // Remembers when a newer packet showed that `sequence` is missing.
  void MarkMissing(int64_t sequence, int64_t since_us);

  // Whether all that came of `sequence` is a copy, and forgets that: the packet
  // itself is here.
  bool TakeOriginal(int64_t sequence);

  // Whether the packet itself came and had other bytes; false where they are
  // not known any more.
  bool Conflicts(int64_t sequence, std::span<const uint8_t> payload) const;

  // Whether the packet itself came with these bytes.
  bool Repeats(int64_t sequence, std::span<const uint8_t> payload) const;

  // Since when it is missing; meaningful in state kMissing.
  int64_t MissingSinceUs(int64_t sequence) const {
    return slots_[IndexOf(sequence)].packet.arrival_us;
  }

  // Packets that wait to be decoded.
  size_t waiting() const { return waiting_; }

  static constexpr int64_t kSlots = 512;

 private:
  struct Slot {
    BufferedPacket packet;
    PacketState state = PacketState::kUnknown;
    uint16_t payload_place = 0;
    uint16_t payload_bytes = 0;
    uint16_t payload_digest = 0;  // Outlives the payload; 0: not known.
  };

  static size_t IndexOf(int64_t sequence) {
    return static_cast<size_t>(sequence % kSlots);
  }
  Slot* SlotOf(int64_t sequence, PacketState state);
  // What the packet itself said.
  bool Remembers(int64_t sequence) const;
  void Remember(int64_t sequence, PacketState state);
  bool Store(const BufferedPacket& packet, std::span<const uint8_t> payload,
             PacketState state);
  std::optional<uint16_t> StorePayload(std::span<const uint8_t> payload);
  void FreePayload(const Slot& slot);
  void Forget(Slot& slot);
  void FindOldest();

  std::vector<Slot> slots_;
  PayloadSlab payloads_;
  size_t waiting_ = 0;
  int64_t newest_ = -1;    // Highest number ever inserted.
  int64_t kept_from_ = 0;  // Nothing below this number is kept.
  int64_t oldest_ = -1;    // Sequence; meaningful while waiting_ > 0.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_PACKET_BUFFER_H_
