// Any bytes as a RED payload: the blocks that come out lie inside it and apart
// from each other, oldest first, the packet's own audio last.
//
// The first byte is the payload type of RED.

#include "expect.h"
#include "rtp/red_splitter.h"

namespace {

using Bytes = std::span<const uint8_t>;

bool IsInside(Bytes part, Bytes whole) {
  return part.data() >= whole.data() &&
         part.data() + part.size() <= whole.data() + whole.size();
}

bool Overlap(Bytes one, Bytes other) {
  return one.data() < other.data() + other.size() &&
         other.data() < one.data() + one.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using earshot::Expect;
  if (size == 0) return 0;
  const int red_payload_type = data[0] & 0x7f;
  const std::span payload(data + 1, size - 1);
  const auto split = earshot::SplitRed(payload, red_payload_type);
  const auto blocks = split.view();

  Expect(!split.has_primary || !blocks.empty(), "a primary is a block");
  for (size_t i = 0; i < blocks.size(); ++i) {
    const earshot::RedBlock& block = blocks[i];
    const bool is_primary = split.has_primary && i + 1 == blocks.size();
    Expect(block.payload_type != red_payload_type, "no blocks inside blocks");
    Expect(block.payload_type < 128, "a payload type has 7 bits");
    Expect(!block.payload.empty(), "a block has bytes");
    Expect(IsInside(block.payload, payload), "a block lies in the payload");
    for (const earshot::RedBlock& other : blocks.first(i)) {
      Expect(other.timestamp_offset >= block.timestamp_offset,
             "the oldest block comes first");
      Expect(!Overlap(other.payload, block.payload), "blocks lie apart");
    }
    Expect((block.timestamp_offset == 0) == is_primary,
           "only the primary has the packet's own time");
    Expect(block.timestamp_offset < 1 << 14, "an offset has 14 bits");
    Expect(is_primary || block.payload.size() < 1 << 10,
           "the length of a copy has 10 bits");
  }
  Expect(split.refused >= 0 && static_cast<size_t>(split.refused) <= size,
         "no more is refused than there was");
  return 0;
}
