#include "receiver/red_copy_number.h"

#include <doctest/doctest.h>

#include "opus/opus_packet.h"
#include "receiver/frame.h"

namespace earshot {
namespace {

constexpr int kSpacing = 20 * kTicksPerMs;

// Packets of 20 ms: number 10 at position 0, and so on, but for padding, which
// has no time. `numbers`: 'a' audio that came, '-' audio that did not, 'p' and
// '?' padding that did and did not.
int64_t NumberOf(const char* numbers, int back) {
  PacketBuffer buffer(4096);
  int64_t sequence = 10;
  int64_t position = 0;
  for (; *numbers != 0; ++numbers, ++sequence) {
    BufferedPacket packet;
    packet.sequence = sequence;
    packet.media_ticks = position;
    packet.coded.duration_ticks = kSpacing;
    if (*numbers == 'a') buffer.Insert(packet, {});
    if (*numbers == 'p') buffer.MarkEmpty(sequence, PacketState::kPadding);
    if (*numbers == 'e') buffer.MarkEmpty(sequence, PacketState::kEvent);
    if (*numbers != 'p' && *numbers != '?') position += kSpacing;
  }
  return NumberOfCopy({.sequence = sequence,
                       .primary_ticks = position,
                       .position_ticks = position - back * kSpacing,
                       .spacing_ticks = kSpacing},
                      buffer, 10);
}

TEST_CASE("a copy is of the missing packet a packet's length before") {
  CHECK(NumberOf("aaa-", 1) == 13);
  CHECK(NumberOf("aa--", 2) == 12);
  CHECK(NumberOf("aa-a", 2) == 12);
  CHECK(NumberOf("aa--", 1) == 13);
}

TEST_CASE("a copy of what is here has no number") {
  CHECK(NumberOf("aaaa", 1) == kNever);
  CHECK(NumberOf("aa-a", 1) == kNever);
  CHECK(NumberOf("aa-a", 3) == kNever);
}

TEST_CASE("padding that came is not counted, an event is") {
  CHECK(NumberOf("aa-pp", 1) == 12);
  CHECK(NumberOf("aa-pp", 2) == kNever);
  CHECK(NumberOf("a--p", 2) == 11);
  CHECK(NumberOf("a-pa", 2) == 11);
  CHECK(NumberOf("a-ee", 3) == 11);
}

TEST_CASE("padding that was lost takes no copy of what is here") {
  CHECK(NumberOf("aaa?", 1) == kNever);
  CHECK(NumberOf("aaa??", 2) == kNever);
  CHECK(NumberOf("aa-?a", 1) == kNever);
  // What is missing beside it is told in order, and by its time.
  CHECK(NumberOf("aa-?", 1) == 13);
}

TEST_CASE("nothing is told before the first packet, or between two") {
  CHECK(NumberOf("aaaa", 5) == kNever);
  CHECK(NumberOf("-", 3) == kNever);
  PacketBuffer buffer(4096);
  const RedCopy between = {.sequence = 20,
                           .primary_ticks = 10 * kSpacing,
                           .position_ticks = 9 * kSpacing + kSpacing / 2,
                           .spacing_ticks = kSpacing};
  CHECK(NumberOfCopy(between, buffer, 10) == kNever);
}

}  // namespace
}  // namespace earshot
