#ifndef EARSHOT_TEST_PADDING_WRITER_H_
#define EARSHOT_TEST_PADDING_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulated_call.h"

namespace earshot {

// Adds to a packet's number.
void Renumber(Bytes& packet, int by);

// Padding alone that goes on from `before` by one number, at its time.
SentPacket PaddingBehind(const SentPacket& before, int64_t after_us,
                         uint8_t bytes);

// Two packets of padding behind every `every`th of the talk, which are
// numbered on behind them. `places` gets where they are.
std::vector<SentPacket> WithPadding(const std::vector<SentPacket>& talk,
                                    size_t every, std::vector<size_t>& places);

}  // namespace earshot

#endif  // EARSHOT_TEST_PADDING_WRITER_H_
