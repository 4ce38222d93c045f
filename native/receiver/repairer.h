#ifndef EARSHOT_RECEIVER_REPAIRER_H_
#define EARSHOT_RECEIVER_REPAIRER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "receiver/decode_cursor.h"
#include "receiver/decoder_snapshot.h"
#include "receiver/frame_queue.h"
#include "receiver/packet_buffer.h"
#include "receiver/sender_clock.h"
#include "receiver/timeline.h"

namespace earshot {

// How far back repairs go, for how much memory.
enum class RepairReach {
  kSecond,   // For a listener who can rewind.
  kQuarter,  // A quarter of a second: for one who only hears what is to come.
};

// Late packets heal the past. Before the decoder has to do without a packet its
// state is saved; when the packet comes after all, decoding starts again from
// there with everything that is here by now. Frames that come out different
// from what was handed out are handed out again with a higher version, and the
// live decoder goes on from the better state: it then agrees with the sender's
// encoder as if nothing had been late.
class Repairer {
 public:
  // How far back the timeline has to reach.
  static constexpr int64_t kMemoryTicks = 1500 * kTicksPerMs;

  // `cursor`: of the same kind as the live one, to decode again with.
  // The references must outlive this object.
  Repairer(RepairReach reach, DecodeCursor cursor, PacketBuffer& buffer,
           const SenderClock& clock, Timeline& timeline);

  // To be called before a step that does without a packet.
  void BeforeLoss(const DecodeCursor& live);

  // Whether a packet at this place could still be used.
  bool Reaches(int64_t sequence, int64_t at_ticks) const;

  // Whether delivered packets are to be kept for decoding them again.
  bool NeedsPackets() const { return snapshots_used_ > 0; }

  // Asks for a repair from `at_ticks` on: something came that belongs there.
  void Want(int64_t sequence, int64_t at_ticks, int64_t now_us);

  // Does the repair that is due, if any, and puts what it changed into
  // `changed`, where there is one. False when that is full: to be called again,
  // with room in it, before anything else is decoded.
  bool Run(int64_t now_us, DecodeCursor& live, FrameQueue* changed);

  // Forgets what lies too far behind the live head.
  void Expire(const DecodeCursor& live);

  // The live head jumped over a gap: nothing before it can be repaired.
  void Forget();

  // Has what is wanted done at the next call of Run.
  void Hurry() { wanted_us_ = 0; }

  // The same for what begins within these positions.
  void HurryFor(int64_t from_ticks, int64_t to_ticks) {
    if (wanted_ticks_ >= from_ticks && wanted_ticks_ < to_ticks) Hurry();
  }

  // When Run has something to do; kNever for not at all.
  int64_t DueUs() const;

  // Makes a decoder of this format ready, so that a repair allocates nothing.
  void Prepare(const CodecFormat& format) { ScratchCursor().Use(format); }

  // Free to be used while no repair is going on, and how often it was used.
  DecodeCursor& ScratchCursor() {
    ++cursor_uses_;
    return cursor_;
  }
  const DecodeCursor& cursor() const { return cursor_; }
  int64_t cursor_uses() const { return cursor_uses_; }

  // How often the live decoder was exchanged for a better one, and how often
  // that changed what had been handed out.
  int64_t runs() const { return runs_; }
  int64_t repairs() const { return repairs_; }
  int64_t repaired_ticks() const { return repaired_ticks_; }

 private:
  const DecoderSnapshot* SnapshotFor(int64_t sequence, int64_t at_ticks) const;
  void DropOldest(size_t count);
  bool Begin(int64_t now_us);
  void RefillAllowance(int64_t now_us);
  // One step of the decoding cursor, at most as far as the live head.
  bool Redo(int64_t now_us, int64_t live_head_ticks, FrameQueue* changed);
  void RefreshSnapshots(int64_t end_ticks);
  Step PlanUpTo(const BufferedPacket* next, int64_t live_head_ticks) const;

  const int64_t spacing_ticks_;
  PacketBuffer& buffer_;
  const SenderClock& clock_;
  Timeline& timeline_;
  DecodeCursor cursor_;
  std::vector<DecoderSnapshot>
      snapshots_;  // Oldest first, as many as are used.
  size_t snapshots_used_ = 0;

  enum class State { kIdle, kWanted, kRunning } state_ = State::kIdle;
  int64_t wanted_sequence_ = 0;
  int64_t wanted_ticks_ = 0;
  int64_t wanted_us_ = 0;
  bool changed_something_ = false;

  int64_t allowance_ticks_;
  int64_t allowance_us_ = 0;  // When it was last refilled.
  int64_t cursor_uses_ = 0;
  int64_t runs_ = 0;
  int64_t repairs_ = 0;
  int64_t repaired_ticks_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_REPAIRER_H_
