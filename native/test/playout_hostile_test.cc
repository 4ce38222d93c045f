// Playout under hostile bytes and times, and what it allocates.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "allocation_counter.h"
#include "playout_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

void Damage(Bytes& bytes, Random& random) {
  for (uint64_t times = 1 + random.Below(3); times > 0; --times) {
    if (bytes.empty()) return;
    switch (random.Below(4)) {
      case 0:
        bytes[random.Below(bytes.size())] ^=
            static_cast<uint8_t>(1u << random.Below(8));
        break;
      case 1:  // The header, and the TOC byte behind it.
        bytes[random.Below(std::min<size_t>(14, bytes.size()))] =
            static_cast<uint8_t>(random.Next());
        break;
      case 2:
        bytes.resize(random.Below(bytes.size()));
        break;
      default:
        bytes.insert(bytes.end(), random.Below(200),
                     static_cast<uint8_t>(random.Next()));
    }
  }
}

TEST_CASE("damaged packets and odd times do playout no harm") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    ReceiverConfig config;
    config.readers = seed % 2 == 0 ? Readers::kBoth : Readers::kPlayout;
    config.sample_rate_hz = seed == 3 ? 48'000 : 16'000;
    config.channels = seed == 3 ? 2 : 1;
    config.max_delay_us = seed == 1 ? 150 * kMs : 1'000 * kMs;
    Receiver receiver(config);
    Talk talk;
    talk.frames = 400;
    talk.fec = true;
    const auto packets = Encode(talk);
    std::vector<int16_t> pcm(
        static_cast<size_t>(config.channels * config.sample_rate_hz / 100));
    std::vector<HeardFrame> heard;
    int64_t now_us = 0;
    int64_t pulled = 0;
    for (int i = 0; i < 4'000; ++i) {
      Bytes bytes = packets[static_cast<size_t>(i) % packets.size()].bytes;
      if (random.Below(3) == 0) Damage(bytes, random);
      // Stalls, and times that go back.
      const uint64_t fate = random.Below(200);
      now_us += fate == 0   ? static_cast<int64_t>(random.Below(8'000)) * kMs
                : fate == 1 ? -static_cast<int64_t>(random.Below(400)) * kMs
                            : 20 * kMs;
      now_us = std::max<int64_t>(0, now_us);
      receiver.Push(Bytes(bytes), now_us);
      if (random.Below(3) == 0) {
        PollInto(receiver, now_us, heard);
        heard.clear();
      }
      for (uint64_t pulls = random.Below(5); pulls > 0; --pulls) {
        const PlayoutBlock block = receiver.Pull(
            now_us + static_cast<int64_t>(random.Below(20'000)), pcm);
        pulled += block.is_playing ? 1 : 0;
        REQUIRE(block.concealed_samples >= 0);
        REQUIRE(block.concealed_samples <= config.sample_rate_hz / 100);
      }
    }
    const PlayoutCounters counters = receiver.ReadPlayoutCounters();
    CHECK(counters.played_samples == pulled * config.sample_rate_hz / 100);
    CHECK(counters.real_samples + counters.concealed_samples +
              counters.comfort_samples ==
          counters.played_samples);
    CHECK(counters.dropped_samples >= 0);

    // After all that an undamaged talk is heard.
    talk.first_sequence_number = 30'000;
    talk.first_timestamp = 7;
    talk.ssrc = 0x4321;
    now_us += 20'000 * kMs;
    auto clean = Encode(talk);
    for (SentPacket& packet : clean) packet.at_us += now_us;
    const auto played =
        PlayOut(receiver, clean,
                {.block_samples = pcm.size(), .first_pull_us = now_us});
    CHECK(std::count_if(played.begin(), played.end(), IsSpeech) > 600);
  }
}

TEST_CASE("after it is made a receiver that plays allocates nothing") {
  Talk talk;
  talk.frames = 1'000;
  talk.fec = true;
  auto packets = Jittered(Encode(talk), 90 * kMs, 5);
  Random random(5);
  std::vector<size_t> lost;
  for (size_t i = 20; i < packets.size(); ++i) {
    if (random.Below(12) == 0) lost.push_back(i);
  }
  packets = Without(std::move(packets), lost);
  std::stable_sort(
      packets.begin(), packets.end(),
      [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  for (const Readers readers : {Readers::kPlayout, Readers::kBoth}) {
    ReceiverConfig config;
    config.readers = readers;
    Receiver receiver(config);
    std::array<int16_t, 160> pcm;
    const int64_t before = AllocationsSoFar().count;
    int64_t concealed = 0;
    int64_t changed = 0;
    int64_t at_us = 0;
    for (const SentPacket& packet : packets) {
      for (; at_us < packet.at_us; at_us += 10 * kMs) {
        const PlayoutBlock block = receiver.Pull(at_us, pcm);
        concealed += block.concealed_samples;
        changed += block.removed_samples + block.inserted_samples;
      }
      receiver.Push(packet.bytes, packet.at_us);
    }
    CHECK(AllocationsSoFar().count == before);
    // It did all that it can do.
    CHECK(concealed > 0);
    CHECK(changed > 0);
  }
}

}  // namespace
}  // namespace earshot
