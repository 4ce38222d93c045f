#ifndef EARSHOT_RTP_RED_SPLITTER_H_
#define EARSHOT_RTP_RED_SPLITTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace earshot {

// Redundant blocks worth keeping, and the primary one. Senders use one or two.
constexpr size_t kMaxRedBlocks = 9;

// One block of a RED payload (RFC 2198 3).
struct RedBlock {
  uint8_t payload_type = 0;
  // How far the block lies before the packet's timestamp, in ticks of the RTP
  // clock, at most 16383; 0 for the primary block alone.
  uint16_t timestamp_offset = 0;
  std::span<const uint8_t> payload = {};  // Lies in the packet.
};

struct RedSplit {
  std::array<RedBlock, kMaxRedBlocks> blocks = {};
  size_t count = 0;
  bool has_primary = false;  // The last block is the packet's own audio.
  int refused = 0;  // Blocks left out as unsound, the cut end counted as one.

  // Oldest first, the primary block last.
  std::span<const RedBlock> view() const {
    return std::span(blocks).first(count);
  }
};

// Takes a RED payload apart. Blocks inside blocks, blocks that claim the
// primary's own time and blocks past the end of the payload are refused; blocks
// of no bytes are skipped. Of more than 8 redundant blocks the newest are kept.
RedSplit SplitRed(std::span<const uint8_t> payload, int red_payload_type);

}  // namespace earshot

#endif  // EARSHOT_RTP_RED_SPLITTER_H_
