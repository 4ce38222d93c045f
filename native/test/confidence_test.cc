#include "receiver/confidence.h"

#include <doctest/doctest.h>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int kFrameTicks = 20 * kTicksPerMs;

TEST_CASE("audio that was received is trusted whole") {
  Confidence confidence;
  for (const auto provenance :
       {Provenance::kReceived, Provenance::kRed, Provenance::kDtx,
        Provenance::kCng, Provenance::kSilence}) {
    CHECK(confidence.Next(provenance, kFrameTicks) == 1.0f);
  }
}

TEST_CASE("a copy is trusted less, and what follows it whole") {
  Confidence confidence;
  CHECK(confidence.Next(Provenance::kFec, kFrameTicks) == 0.9f);
  CHECK(confidence.Next(Provenance::kReceived, kFrameTicks) == 1.0f);
}

TEST_CASE("trust falls with every concealed frame") {
  Confidence confidence;
  float last = 1;
  for (int i = 0; i < 50; ++i) {
    const float next = confidence.Next(Provenance::kPlc, kFrameTicks);
    CHECK(next < last);
    CHECK(next >= 0);
    last = next;
  }
  CHECK(last < 0.001f);
}

TEST_CASE("trust in concealment depends on its length, not on its frames") {
  Confidence by_20_ms;
  by_20_ms.Next(Provenance::kPlc, kFrameTicks);
  Confidence by_10_ms;
  by_10_ms.Next(Provenance::kPlc, kFrameTicks / 2);
  by_10_ms.Next(Provenance::kPlc, kFrameTicks / 2);
  CHECK(by_20_ms.Next(Provenance::kPlc, kFrameTicks) ==
        doctest::Approx(by_10_ms.Next(Provenance::kPlc, kFrameTicks / 2)));
}

TEST_CASE("trust comes back within 100 ms of a loss, and never leaves 0..1") {
  Confidence confidence;
  for (int round = 0; round < 3; ++round) {
    confidence.Next(Provenance::kPlc, kFrameTicks);
    float last = 0;
    for (int i = 0; i < 5; ++i) {
      const float next = confidence.Next(Provenance::kReceived, kFrameTicks);
      CHECK(next > last);
      CHECK(next < 1);
      last = next;
    }
    CHECK(last > 0.999f);
    CHECK(confidence.Next(Provenance::kReceived, kFrameTicks) == 1.0f);
  }
}

TEST_CASE("a second loss before the decoder has converged starts anew") {
  Confidence confidence;
  confidence.Next(Provenance::kPlc, kFrameTicks);
  const float first = confidence.Next(Provenance::kReceived, kFrameTicks);
  confidence.Next(Provenance::kPlc, kFrameTicks);
  CHECK(confidence.Next(Provenance::kReceived, kFrameTicks) == first);
}

}  // namespace
}  // namespace earshot
