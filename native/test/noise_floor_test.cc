#include "dsp/noise_floor.h"

#include <doctest/doctest.h>

namespace earshot {
namespace {

constexpr int kFrameTicks = 960;

void Hear(NoiseFloor& floor, float level_db, int frames) {
  for (int i = 0; i < frames; ++i) floor.Learn(level_db, kFrameTicks);
}

TEST_CASE("the floor is the level of the pauses") {
  NoiseFloor floor;
  for (int i = 0; i < 20; ++i) {
    Hear(floor, -25, 60);
    Hear(floor, -62, 10);
  }
  CHECK(floor.floor_db() == -62);
}

TEST_CASE("three seconds of speech without a pause do not lift the floor") {
  NoiseFloor floor;
  Hear(floor, -62, 10);
  Hear(floor, -25, 150);
  CHECK(floor.floor_db() == -62);
}

TEST_CASE("noise that has become louder is the floor after four seconds") {
  NoiseFloor floor;
  Hear(floor, -70, 200);
  Hear(floor, -55, 210);
  CHECK(floor.floor_db() == -55);
}

TEST_CASE("the floor drops at once") {
  NoiseFloor floor;
  Hear(floor, -51, 200);
  Hear(floor, -66, 1);
  CHECK(floor.floor_db() == -66);
}

TEST_CASE("speech is never the floor, nor digital zero") {
  NoiseFloor floor;
  Hear(floor, -20, 500);
  CHECK(floor.floor_db() == -50);
  Hear(floor, -127, 1);
  CHECK(floor.floor_db() == -78);
}

}  // namespace
}  // namespace earshot
