#include "codec/g711.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace earshot {
namespace {

// Distinct values that both laws have, from the tables of ITU-T G.711.
TEST_CASE("decodes the corners of both laws") {
  CHECK(kMuLaw[0xff] == 0);
  CHECK(kMuLaw[0x7f] == 0);
  CHECK(kMuLaw[0xfe] == 8);
  CHECK(kMuLaw[0x80] == 32124);  // 8031 times 4.
  CHECK(kMuLaw[0x00] == -32124);
  CHECK(kMuLaw[0xef] == 132);
  CHECK(kALaw[0xd5] == 8);
  CHECK(kALaw[0x55] == -8);
  CHECK(kALaw[0xaa] == 32256);  // 4032 times 8.
  CHECK(kALaw[0x2a] == -32256);
  CHECK(kALaw[0xc5] == 264);
}

TEST_CASE("both laws are odd, and their codes in order") {
  for (int code = 0; code < 128; ++code) {
    const auto positive = static_cast<size_t>(code | 0x80);
    const auto negative = static_cast<size_t>(code);
    CHECK(kMuLaw[positive] == -kMuLaw[negative]);
    CHECK(kALaw[positive] == -kALaw[negative]);
  }
  for (int magnitude = 0; magnitude < 127; ++magnitude) {
    // µ-law inverts all bits, A-law every second one.
    CHECK(kMuLaw[static_cast<size_t>(0xff - magnitude)] <
          kMuLaw[static_cast<size_t>(0xfe - magnitude)]);
    CHECK(kALaw[static_cast<size_t>((magnitude | 0x80) ^ 0x55)] <
          kALaw[static_cast<size_t>(((magnitude + 1) | 0x80) ^ 0x55)]);
  }
}

TEST_CASE("steps double from segment to segment") {
  for (int segment = 1; segment < 7; ++segment) {
    const auto step = [segment](const G711Table& table, int inverted,
                                int above) {
      const auto at = [&](int magnitude) {
        return table[static_cast<size_t>((magnitude | 0x80) ^ inverted)];
      };
      const int base = 16 * (segment + above);
      return at(base + 8) - at(base + 7);
    };
    CHECK(step(kMuLaw, 0x7f, 1) == 2 * step(kMuLaw, 0x7f, 0));
    CHECK(step(kALaw, 0x55, 1) == 2 * step(kALaw, 0x55, 0));
  }
}

}  // namespace
}  // namespace earshot
