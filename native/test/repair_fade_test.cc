// A repair that replaces concealment of which the beginning was played: the
// wave goes over from the one to the other.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <span>

#include "playout_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr size_t kLate = 60;         // The packet.
constexpr size_t kFadeSamples = 80;  // 5 ms.

std::vector<PlayedBlock> Play(const std::vector<SentPacket>& packets) {
  ReceiverConfig config = PlayoutReceiver();
  config.min_delay_us = 40 * kMs;
  return PlayOut(config, packets);
}

const PlayedBlock& BlockAt(const std::vector<PlayedBlock>& played,
                           int64_t media_ticks) {
  const auto block =
      std::find_if(played.begin(), played.end(), [&](const PlayedBlock& one) {
        return one.block.is_playing && one.block.media_ticks == media_ticks;
      });
  REQUIRE(block != played.end());
  return *block;
}

// Between two waves, sample by sample.
int64_t Distance(std::span<const int16_t> wave, const int16_t* other) {
  int64_t distance = 0;
  for (const int16_t sample : wave) distance += std::abs(sample - *other++);
  return distance;
}

TEST_CASE("a repair under way fades from what was made up to what was said") {
  const auto sent = Encode({.frames = 120});
  const auto said = DecodePlainly(sent, 16'000);
  const auto concealed = Play(Without(sent, {kLate}));
  const int64_t begin_ticks = static_cast<int64_t>(kLate) * 960;
  const int64_t middle_ticks = begin_ticks + 480;

  int repaired_under_way = 0;
  for (int64_t late_us = 35 * kMs; late_us <= 55 * kMs; late_us += kMs) {
    CAPTURE(late_us);
    auto packets = sent;
    packets[kLate].at_us += late_us;
    const auto played = Play(packets);
    const PlayedBlock& first = BlockAt(played, begin_ticks);
    const PlayedBlock& second = BlockAt(played, middle_ticks);
    if (first.block.provenance != Provenance::kPlc ||
        second.block.provenance != Provenance::kReceived) {
      continue;
    }
    ++repaired_under_way;
    const auto& made_up = BlockAt(concealed, middle_ticks).pcm;
    REQUIRE(first.pcm == BlockAt(concealed, begin_ticks).pcm);
    const auto* real = said.data() + middle_ticks / 3;
    // It begins as the one and ends as the other.
    const auto played_pcm = std::span(second.pcm).first(kFadeSamples);
    const auto quarter = kFadeSamples / 4;
    CHECK(Distance(played_pcm.first(quarter), made_up.data()) * 3 <
          Distance(played_pcm.first(quarter), real));
    CHECK(Distance(played_pcm.last(quarter), real + 3 * quarter) * 3 <
          Distance(played_pcm.last(quarter), made_up.data() + 3 * quarter));
    CHECK(std::equal(second.pcm.begin() + kFadeSamples, second.pcm.end(),
                     real + kFadeSamples));
  }
  CHECK(repaired_under_way >= 5);
}

}  // namespace
}  // namespace earshot
