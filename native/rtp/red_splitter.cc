#include "rtp/red_splitter.h"

#include <algorithm>

namespace earshot {
namespace {

constexpr uint8_t kMoreBlocks = 0x80;  // The F bit.
constexpr size_t kHeaderBytes = 4;     // Of a redundant block; primary: 1.
constexpr size_t kMaxHeaders = 32;     // More are taken for garbage.

struct BlockHeader {
  uint8_t payload_type = 0;
  uint16_t timestamp_offset = 0;
  size_t size = 0;
};

BlockHeader ReadHeader(std::span<const uint8_t> bytes) {
  BlockHeader header;
  header.payload_type = bytes[0] & 0x7f;
  header.timestamp_offset =
      static_cast<uint16_t>(bytes[1] << 6 | bytes[2] >> 2);  // 14 bits.
  header.size = static_cast<size_t>((bytes[2] & 3) << 8 | bytes[3]);
  return header;
}

// Puts a redundant block in its place by age; the oldest goes when there is no
// room, since the last place is the primary's.
void Insert(RedSplit& split, const RedBlock& block) {
  const auto begin = split.blocks.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(split.count);
  const auto place = std::find_if(begin, end, [&block](const RedBlock& other) {
    return other.timestamp_offset < block.timestamp_offset;
  });
  if (split.count < kMaxRedBlocks - 1) {
    std::move_backward(place, end, end + 1);
    *place = block;
    ++split.count;
  } else if (place != begin) {
    std::move(begin + 1, place, begin);
    *(place - 1) = block;
  }
}

}  // namespace

RedSplit SplitRed(std::span<const uint8_t> payload, int red_payload_type) {
  std::array<BlockHeader, kMaxHeaders> headers;
  size_t redundant = 0;
  size_t offset = 0;
  while (offset < payload.size() && (payload[offset] & kMoreBlocks) != 0) {
    if (redundant == kMaxHeaders || payload.size() - offset < kHeaderBytes) {
      return {.refused = 1};
    }
    headers[redundant++] = ReadHeader(payload.subspan(offset));
    offset += kHeaderBytes;
  }
  if (offset == payload.size()) return {.refused = 1};
  const uint8_t primary_type = payload[offset] & 0x7f;
  auto rest = payload.subspan(offset + 1);

  RedSplit split;
  for (const BlockHeader& header : std::span(headers).first(redundant)) {
    if (header.size > rest.size()) {
      // Cut short: where the later blocks would start is known, but they are
      // not there.
      ++split.refused;
      return split;
    }
    const auto block = rest.first(header.size);
    rest = rest.subspan(header.size);
    if (block.empty()) continue;
    if (header.payload_type == red_payload_type ||
        header.timestamp_offset == 0) {
      ++split.refused;
      continue;
    }
    Insert(split, {header.payload_type, header.timestamp_offset, block});
  }
  if (rest.empty()) return split;
  if (primary_type == red_payload_type) {
    ++split.refused;
    return split;
  }
  split.blocks[split.count++] = {primary_type, 0, rest};
  split.has_primary = true;
  return split;
}

}  // namespace earshot
