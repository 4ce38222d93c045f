#ifndef EARSHOT_RECEIVER_RED_COPY_NUMBER_H_
#define EARSHOT_RECEIVER_RED_COPY_NUMBER_H_

#include <cstdint>

#include "receiver/packet_buffer.h"

namespace earshot {

// A copy in a packet of RED, which names its time and not its number (RFC 2198
// 3). Positions are ticks.
struct RedCopy {
  int64_t sequence = 0;       // Of the packet that holds it,
  int64_t primary_ticks = 0;  // and where that is.
  int64_t position_ticks = 0;
  int spacing_ticks = 0;  // From packet to packet.
};

// The number of the packet that it is a copy of; kNever where that is here, or
// cannot be told. Senders number padding in between, of which some may be lost:
// counted is from the nearest packet behind whose time is known.
int64_t NumberOfCopy(const RedCopy& copy, const PacketBuffer& buffer,
                     int64_t first_sequence);

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_RED_COPY_NUMBER_H_
