#include "rtp/sequence_gate.h"

#include <doctest/doctest.h>

#include <array>

#include "rtp/unwrapper.h"

namespace earshot {
namespace {

constexpr uint32_t kSsrc = 7;

// Both sides of every wrap and of its half.
constexpr std::array<uint16_t, 16> kStarts = {
    0,     1,     2,     127,   128,   129,   255,   256,
    32766, 32767, 32768, 32769, 65533, 65534, 65535, 4660};

TEST_CASE("numbers go up by one across every wrap") {
  for (const uint16_t start : kStarts) {
    CAPTURE(start);
    SequenceGate gate;
    const int64_t first = gate.Check(kSsrc, start).sequence;
    int in_order = 0;
    for (int i = 1; i <= 70'000; ++i) {
      const auto result = gate.Check(kSsrc, static_cast<uint16_t>(start + i));
      in_order +=
          result.verdict == GateVerdict::kAccept && result.sequence == first + i
              ? 1
              : 0;
    }
    CHECK(in_order == 70'000);
  }
}

TEST_CASE("an older packet keeps its own number, and it is never negative") {
  for (const uint16_t start : kStarts) {
    SequenceGate gate;
    const int64_t first = gate.Check(kSsrc, start).sequence;
    const auto older = gate.Check(kSsrc, static_cast<uint16_t>(start - 511));
    CHECK(older.verdict == GateVerdict::kAccept);
    CHECK(older.sequence == first - 511);
    CHECK(older.sequence >= 0);
    CHECK(gate.highest() == first);
  }
}

TEST_CASE("one packet from nowhere changes nothing") {
  SequenceGate gate;
  const int64_t first = gate.Check(kSsrc, 100).sequence;

  CHECK(gate.Check(kSsrc, 30'000).verdict == GateVerdict::kProbation);
  CHECK(gate.Check(99, 101).verdict == GateVerdict::kProbation);

  CHECK(gate.Check(kSsrc, 101).sequence == first + 1);
  // The good packet in between made the stray's successor a stray as well.
  CHECK(gate.Check(99, 102).verdict == GateVerdict::kProbation);
}

TEST_CASE("two consecutive packets restart the stream behind what was seen") {
  SequenceGate gate;
  const int64_t first = gate.Check(kSsrc, 100).sequence;

  CHECK(gate.Check(99, 40'000).verdict == GateVerdict::kProbation);
  const auto restart = gate.Check(99, 40'001);

  CHECK(restart.verdict == GateVerdict::kRestart);
  CHECK(restart.sequence == first + 2);
  CHECK(gate.Check(99, 40'002).sequence == first + 3);
  CHECK(gate.Check(kSsrc, 101).verdict == GateVerdict::kProbation);
}

TEST_CASE("two consecutive doubts restart it, however near their numbers are") {
  for (const uint16_t back : {1, 2, 100, 174, 299, 511}) {
    CAPTURE(back);
    SequenceGate gate;
    const int64_t first = gate.Check(kSsrc, 600).sequence;
    const auto number = static_cast<uint16_t>(600 - back);
    CHECK(gate.Unwrap(kSsrc, number) == first - back);
    CHECK(gate.Doubt(kSsrc, number).verdict == GateVerdict::kProbation);
    CHECK(gate.highest() == first);
    const auto restart = gate.Doubt(kSsrc, static_cast<uint16_t>(number + 1));
    CHECK(restart.verdict == GateVerdict::kRestart);
    CHECK(restart.sequence == first + 2);
    CHECK(gate.NumberOf(first + 2) == number + 1);
    CHECK(gate.Unwrap(kSsrc, static_cast<uint16_t>(number + 2)) == first + 3);
  }
}

TEST_CASE("a packet that fits ends the doubts before it") {
  SequenceGate gate;
  const int64_t first = gate.Check(kSsrc, 600).sequence;
  CHECK(gate.Doubt(kSsrc, 400).verdict == GateVerdict::kProbation);
  CHECK(gate.Check(kSsrc, 601).sequence == first + 1);
  CHECK(gate.Doubt(kSsrc, 401).verdict == GateVerdict::kProbation);
  CHECK(gate.Doubt(kSsrc, 403).verdict == GateVerdict::kProbation);
}

TEST_CASE("numbers from before a restart keep their places") {
  SequenceGate gate;
  const int64_t first = gate.Check(kSsrc, 600).sequence;
  CHECK_FALSE(gate.UnwrapBeforeRestart(kSsrc, 600));
  gate.Doubt(kSsrc, 400);
  gate.Doubt(kSsrc, 401);
  CHECK(gate.UnwrapBeforeRestart(kSsrc, 600) == first);
  CHECK(gate.UnwrapBeforeRestart(kSsrc, 600 - 511) == first - 511);
  CHECK_FALSE(gate.UnwrapBeforeRestart(kSsrc, 600 - 512));
  CHECK_FALSE(gate.UnwrapBeforeRestart(kSsrc, 601));
  CHECK_FALSE(gate.UnwrapBeforeRestart(kSsrc, 402));  // The next packet.
  CHECK_FALSE(gate.UnwrapBeforeRestart(kSsrc + 1, 600));
}

TEST_CASE("a number beyond the limits has no place") {
  SequenceGate gate;
  CHECK_FALSE(gate.Unwrap(kSsrc, 600));
  gate.Check(kSsrc, 600);
  CHECK_FALSE(gate.Unwrap(kSsrc, 600 - 512));
  CHECK_FALSE(gate.Unwrap(kSsrc, 600 + 3001));
  CHECK_FALSE(gate.Unwrap(kSsrc + 1, 600));
}

TEST_CASE("32-bit timestamps unwrap to the nearest value") {
  constexpr int64_t kTurn = int64_t{1} << 32;
  CHECK(UnwrapNear(uint32_t{5}, kTurn - 10) == kTurn + 5);
  CHECK(UnwrapNear(uint32_t{0xfffffff0}, kTurn + 5) == kTurn - 16);
  CHECK(UnwrapNear(uint32_t{0x80000000}, int64_t{0}) == -(kTurn / 2));
  CHECK(UnwrapNear(uint32_t{7}, 5 * kTurn + 3) == 5 * kTurn + 7);
}

}  // namespace
}  // namespace earshot
