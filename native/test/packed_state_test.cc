#include "codec/packed_state.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "opus/opus_decoder_host.h"
#include "simulated_call.h"

namespace earshot {
namespace {

Bytes Unpacked(const PackedState& packed, size_t bytes) {
  Bytes state(bytes, 0xa5);  // Whatever was there before.
  packed.Unpack(state);
  return state;
}

TEST_CASE("comes out as it went in, wherever the zeros are") {
  constexpr uint64_t kSeed = 6;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  PackedState packed(20'000);
  for (int round = 0; round < 2'000; ++round) {
    CAPTURE(round);
    // Short ones, the edges of blocks and of the map's words, and long ones.
    const size_t bytes =
        round < 400   ? static_cast<size_t>(round)
        : round < 800 ? 4'096 * (1 + random.Below(4)) - 64 + random.Below(129)
                      : random.Below(20'001);
    Bytes state(bytes);
    const uint64_t zeros = random.Below(5);
    for (size_t at = 0; at < bytes;) {
      const size_t end = std::min(bytes, at + 1 + random.Below(300));
      const bool is_zero = random.Below(4) < zeros;
      for (; at < end; ++at) {
        state[at] = is_zero ? 0 : static_cast<uint8_t>(random.Next());
      }
    }
    const auto beside = static_cast<uint8_t>(random.Next());
    packed.Pack(state, beside);
    REQUIRE(Unpacked(packed, bytes) == state);
    REQUIRE(packed.beside() == beside);
  }
}

TEST_CASE("one byte that is not zero is found anywhere in a block") {
  PackedState packed(640);
  for (size_t at = 0; at < 640; ++at) {
    Bytes state(640);
    state[at] = 1;
    packed.Pack(state, 0);
    REQUIRE(Unpacked(packed, 640) == state);
  }
}

TEST_CASE("zeros take no room, and what is not zero takes its own") {
  PackedState packed(16'384);
  Bytes state(16'384);
  packed.Pack(state, 0);
  CHECK(packed.size() == 32);  // A bit for each block.
  state[5'000] = 1;
  packed.Pack(state, 0);
  CHECK(packed.size() == 32 + 64);
  std::ranges::fill(state, uint8_t{1});
  packed.Pack(state, 0);
  CHECK(packed.size() == 32 + 16'384);
}

TEST_CASE("room grows where longer states are to come") {
  PackedState packed(10);
  packed.Fit(5'000);
  const Bytes state(5'000, 7);
  packed.Pack(state, 1);
  packed.Fit(4'000);  // There is enough.
  CHECK(Unpacked(packed, 5'000) == state);
}

TEST_CASE("a decoder of a voice without CELT takes a third of its room") {
  const auto sent = Encode({.frames = 50});
  OpusDecoderHost decoder(16'000, 1);
  PackedState packed(decoder.StateBytes());
  std::vector<int16_t> pcm(320);
  for (const SentPacket& packet : sent) {
    const int config = packet.bytes[12] >> 3;
    REQUIRE(config < 12);  // RFC 6716 3.1: SILK alone.
    decoder.Decode(std::span(packet.bytes).subspan(12), pcm);
  }
  decoder.SaveTo(packed);
  CHECK(packed.size() * 3 < decoder.StateBytes());
}

}  // namespace
}  // namespace earshot
