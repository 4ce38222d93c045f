#include "rtp/red_splitter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>

#include "red_writer.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int kRedType = 63;
constexpr int kOpusType = 111;

Bytes Filled(size_t size, int value) {
  return Bytes(size, static_cast<uint8_t>(value));
}

bool Holds(const RedBlock& block, const Bytes& bytes) {
  return std::equal(block.payload.begin(), block.payload.end(), bytes.begin(),
                    bytes.end());
}

TEST_CASE("takes apart what a sender of distance two writes") {
  RedWriter writer(2, kOpusType);
  // The timestamps pass the end of 32 bits.
  writer.Write(0xffff'fc40, Filled(30, 1));
  writer.Write(0, Filled(1, 2));
  const auto red = writer.Write(960, Filled(1200, 3));

  const auto split = SplitRed(red, kRedType);

  REQUIRE(split.count == 3);
  CHECK(split.has_primary);
  CHECK(split.refused == 0);
  CHECK(split.blocks[0].timestamp_offset == 1920);
  CHECK(Holds(split.blocks[0], Filled(30, 1)));
  CHECK(split.blocks[1].timestamp_offset == 960);
  CHECK(Holds(split.blocks[1], Filled(1, 2)));
  CHECK(split.blocks[2].timestamp_offset == 0);
  CHECK(Holds(split.blocks[2], Filled(1200, 3)));
  for (const RedBlock& block : split.view()) {
    CHECK(block.payload_type == kOpusType);
  }
}

TEST_CASE("takes a payload without redundancy for its primary block") {
  const Bytes red = {kOpusType, 7, 8};
  const auto split = SplitRed(red, kRedType);

  REQUIRE(split.count == 1);
  CHECK(split.has_primary);
  CHECK(Holds(split.blocks[0], Bytes{7, 8}));
}

TEST_CASE("keeps the sound blocks of a payload that was cut anywhere") {
  RedWriter writer(2, kOpusType);
  writer.Write(0, Filled(5, 1));
  writer.Write(960, Filled(6, 2));
  const auto red = writer.Write(1920, Filled(7, 3));
  constexpr size_t kHeaders = 4 + 4 + 1;

  for (size_t size = 0; size < red.size(); ++size) {
    CAPTURE(size);
    // A heap copy of exactly this size, so that the sanitizer sees one byte
    // more.
    const Bytes cut(red.begin(),
                    red.begin() + static_cast<std::ptrdiff_t>(size));
    const auto split = SplitRed(cut, kRedType);
    const size_t expected = size < kHeaders + 5     ? 0
                            : size < kHeaders + 11  ? 1
                            : size == kHeaders + 11 ? 2
                                                    : 3;
    CHECK(split.count == expected);
    CHECK(split.has_primary == (expected == 3));
    CHECK((split.refused > 0) == (size < kHeaders + 11));
  }
}

TEST_CASE("puts blocks in order and keeps the newest") {
  Bytes red;
  Bytes blocks;
  for (int i = 0; i < 12; ++i) {
    const int offset = 1 + (i * 5) % 12;  // Each of 1..12 once, mixed.
    red.push_back(0x80 | kOpusType);
    red.push_back(0);
    red.push_back(static_cast<uint8_t>(offset << 2));
    red.push_back(1);
    blocks.push_back(static_cast<uint8_t>(offset));
  }
  red.push_back(kOpusType);
  red.insert(red.end(), blocks.begin(), blocks.end());
  red.push_back(99);

  const auto split = SplitRed(red, kRedType);

  REQUIRE(split.count == kMaxRedBlocks);
  for (size_t i = 0; i + 1 < split.count; ++i) {
    CHECK(split.blocks[i].timestamp_offset == 8 - i);
    CHECK(split.blocks[i].payload[0] == 8 - i);
  }
  CHECK(Holds(split.blocks[kMaxRedBlocks - 1], Bytes{99}));
}

TEST_CASE("refuses RED inside RED, copies of now, and 33 headers") {
  // Redundant blocks: RED, at offset 0, of no bytes, sound.
  const Bytes red = {0x80 | kRedType,
                     0,
                     40,
                     1,
                     0x80 | kOpusType,
                     0,
                     0,
                     1,
                     0x80 | kOpusType,
                     0,
                     40,
                     0,
                     0x80 | kOpusType,
                     0,
                     40,
                     1,
                     kOpusType,
                     1,
                     2,
                     3,
                     4};
  const auto split = SplitRed(red, kRedType);
  CHECK(split.refused == 2);
  REQUIRE(split.count == 2);
  CHECK(Holds(split.blocks[0], Bytes{3}));
  CHECK(Holds(split.blocks[1], Bytes{4}));

  const auto nested = SplitRed(Bytes{kRedType, kOpusType, 1}, kRedType);
  CHECK(nested.count == 0);
  CHECK(nested.refused == 1);

  Bytes long_chain;
  for (int i = 0; i < 33; ++i) {
    for (const int byte : {0x80 | kOpusType, 0, 40, 0}) {
      long_chain.push_back(static_cast<uint8_t>(byte));
    }
  }
  long_chain.push_back(kOpusType);
  long_chain.push_back(1);
  CHECK(SplitRed(long_chain, kRedType).count == 0);
  long_chain.erase(long_chain.begin(), long_chain.begin() + 4);
  CHECK(SplitRed(long_chain, kRedType).count == 1);
}

TEST_CASE("never points outside a hostile payload") {
  constexpr uint64_t kSeed = 20260125;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  int64_t blocks = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes red(random.Below(80));
    for (uint8_t& byte : red) byte = static_cast<uint8_t>(random.Next() >> 32);
    // Small lengths, so that some blocks are sound.
    for (size_t at = 2; at + 1 < red.size(); at += 4) {
      red[at] &= 0xfc;
      red[at + 1] &= 7;
    }
    const auto split = SplitRed(red, kRedType);
    REQUIRE(split.count <= kMaxRedBlocks);
    for (const RedBlock& block : split.view()) {
      CHECK_FALSE(block.payload.empty());
      CHECK(block.payload.data() >= red.data());
      CHECK(block.payload.data() + block.payload.size() <=
            red.data() + red.size());
      CHECK(block.payload_type != kRedType);
      ++blocks;
    }
    CHECK(std::is_sorted(split.view().begin(), split.view().end(),
                         [](const RedBlock& a, const RedBlock& b) {
                           return a.timestamp_offset > b.timestamp_offset;
                         }));
  }
  CHECK(blocks > 1000);
}

}  // namespace
}  // namespace earshot
