#ifndef EARSHOT_RECEIVER_LOOK_AHEAD_H_
#define EARSHOT_RECEIVER_LOOK_AHEAD_H_

#include <cstdint>
#include <span>

#include "receiver/decode_cursor.h"
#include "receiver/packet_buffer.h"
#include "receiver/repairer.h"
#include "receiver/timeline.h"

namespace earshot {

// Where a recognizer still waits at a hole and playout cannot: what is here is
// decoded beyond the timeline's head, for playout alone, as if the hole's
// packets were lost. The packets stay where they are, and the timeline is
// written over it when the recognizer has decided.
class LookAhead {
 public:
  // The references must outlive this object. The repairer lends its cursor: not
  // to be used while a repair is going on.
  LookAhead(const DecodeCursor& live, Repairer& repairer,
            const PacketBuffer& buffer, Timeline& timeline,
            int64_t deadline_us);

  // How far beyond the head it writes at the most. `deadline_us`: how long the
  // recognizer waits.
  static int64_t MostTicks(int64_t deadline_us);

  // Makes the timeline known up to `needed_ticks` and to where it was known
  // before, and as far behind that as goes without another hole: where packets
  // are here, and no further than MostTicks.
  void WriteTo(int64_t needed_ticks);

  // Whether playout reads what was made here.
  bool IsAhead() const {
    return timeline_.end_ticks() > live_.place().head_ticks;
  }
  // Whether packets are here that it does not reach.
  bool HasWaiting() const {
    return buffer_.FirstFrom(reached_.next_sequence) != nullptr;
  }
  // Whether the sender's codec is silent where it ends.
  bool IsInSilence() const { return is_in_silence_; }
  // The decoder there, until the repairer's cursor is used again.
  const DecodeCursor& End();

 private:
  // No further than here.
  int64_t LimitTicks() const { return live_.place().head_ticks + most_ticks_; }
  // What has been written or repaired since is better to go on from.
  bool IsOutdated() const {
    return !IsAhead() || begin_ticks_ != live_.place().head_ticks ||
           begin_repair_ != repairer_.runs();
  }
  void DecodeTo(int64_t end_ticks);
  bool Continue(DecodeCursor& cursor, int64_t end_ticks);
  bool Write(DecodeCursor& cursor, const BufferedPacket& next,
             int64_t end_ticks);

  const DecodeCursor& live_;
  Repairer& repairer_;
  const PacketBuffer& buffer_;
  Timeline& timeline_;
  const int64_t most_ticks_;
  DecodeCursor::Place reached_;
  bool is_in_silence_ = false;
  int64_t cursor_use_ = 0;  // The last of the repairer's cursor.
  // Of the live cursor, where this began.
  int64_t begin_ticks_ = kNever;
  int64_t begin_repair_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_LOOK_AHEAD_H_
