#include "receiver/red_copy_number.h"

#include <algorithm>

#include "receiver/frame.h"

namespace earshot {

int64_t NumberOfCopy(const RedCopy& copy, const PacketBuffer& buffer,
                     int64_t first_sequence) {
  int64_t behind = copy.sequence;
  int64_t behind_ticks = copy.primary_ticks;
  int64_t before =
      std::max(first_sequence, copy.sequence - PacketBuffer::kSlots) - 1;
  for (int64_t s = copy.sequence - 1; s > before; --s) {
    const BufferedPacket* packet = buffer.AudioAt(s);
    if (packet == nullptr) continue;
    const int64_t later_ticks = packet->media_ticks - copy.position_ticks;
    if (later_ticks < 0) {
      before = s;
    } else {
      behind = s;
      behind_ticks = packet->media_ticks;
    }
  }
  const int64_t back_ticks = behind_ticks - copy.position_ticks;
  if (copy.spacing_ticks <= 0 || back_ticks % copy.spacing_ticks != 0) {
    return kNever;
  }
  const int64_t sequence =
      buffer.BeforePadding(behind, back_ticks / copy.spacing_ticks);
  return sequence > before && !IsHere(buffer.StateOf(sequence)) ? sequence
                                                                : kNever;
}

}  // namespace earshot
