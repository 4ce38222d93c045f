#include "receiver/playout_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int kRateHz = 8000;
constexpr int kBlock = kRateHz / 100;
constexpr int kMostAhead = kRateHz * 140 / 1000;

// What is known of every sample by itself.
struct Sample {
  int16_t value = 0;
  int64_t media_sample = 0;
  Origin origin = Origin::kTimeline;
};

// The same as a PlayoutBuffer, one sample at a time.
class NaiveBuffer {
 public:
  void Append(const PlayoutRun& run, std::span<const int16_t> values) {
    for (int i = 0; i < run.samples; ++i) {
      const bool moves = run.origin == Origin::kTimeline;
      ahead_.push_back({values[static_cast<size_t>(i)],
                        run.media_sample + (moves ? i : 0), run.origin});
    }
  }
  void CutAfter(int samples) {
    if (samples < static_cast<int>(ahead_.size())) {
      ahead_.resize(static_cast<size_t>(samples));
    }
  }
  // `at` counts from what is ahead.
  void Cut(int at, int samples) {
    ahead_.erase(ahead_.begin() + at, ahead_.begin() + at + samples);
  }
  void Repeat(int at, int samples) {
    Sample before = ahead_[static_cast<size_t>(
        std::min(at, static_cast<int>(ahead_.size()) - 1))];
    std::vector<Sample> again(static_cast<size_t>(samples), before);
    for (int i = 0; i < samples; ++i) {
      if (before.origin == Origin::kTimeline) {
        again[static_cast<size_t>(i)].media_sample += i - samples;
      }
    }
    ahead_.insert(ahead_.begin() + at, again.begin(), again.end());
  }
  std::vector<Sample> Take(int samples) {
    std::vector<Sample> taken(ahead_.begin(), ahead_.begin() + samples);
    ahead_.erase(ahead_.begin(), ahead_.begin() + samples);
    return taken;
  }
  const Sample& front() const { return ahead_.front(); }
  int size() const { return static_cast<int>(ahead_.size()); }

 private:
  std::deque<Sample> ahead_;
};

TEST_CASE("runs tell of every sample where it came from, whatever is done") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const int channels = seed % 2 == 0 ? 2 : 1;
    PlayoutBuffer buffer(kRateHz, channels);
    TimeStretcher stretcher(kRateHz, channels);
    NaiveBuffer naive;
    int64_t media_sample = 0;
    std::vector<int16_t> out(static_cast<size_t>(channels * kBlock));

    for (int step = 0; step < 2000; ++step) {
      const uint64_t operation = random.Below(10);
      if (operation < 4) {
        const int most = std::min(
            {buffer.room_samples(), kMostAhead - naive.size(), kBlock});
        if (most <= 0) continue;
        PlayoutRun run;
        run.samples =
            1 + static_cast<int>(random.Below(static_cast<uint64_t>(most)));
        run.origin =
            static_cast<Origin>(random.Below(6) < 4 ? 0 : 1 + random.Below(2));
        if (random.Below(8) == 0) media_sample += 40;  // A jump.
        run.media_sample = media_sample;
        if (run.origin == Origin::kTimeline) media_sample += run.samples;
        const auto room = buffer.Append(run);
        REQUIRE(room.size() == static_cast<size_t>(channels * run.samples));
        std::fill(room.begin(), room.end(), int16_t{1000});
        naive.Append(run, std::vector<int16_t>(static_cast<size_t>(run.samples),
                                               int16_t{1000}));
      } else if (operation < 7) {
        if (naive.size() < kBlock) continue;
        const auto runs = buffer.Take(out);
        size_t i = 0;
        const auto taken = naive.Take(kBlock);
        for (const PlayoutRun& run : runs) {
          for (int s = 0; s < run.samples; ++s, ++i) {
            REQUIRE(i < taken.size());
            REQUIRE(run.origin == taken[i].origin);
            if (run.origin != Origin::kTimeline) continue;
            REQUIRE(run.media_sample + s == taken[i].media_sample);
          }
        }
        REQUIRE(i == taken.size());
      } else if (operation == 7) {
        const int keep = static_cast<int>(random.Below(kBlock));
        buffer.CutAfter(keep);
        naive.CutAfter(keep);
      } else if (buffer.room_samples() > 0 && naive.size() > kBlock) {
        Join join;
        join.overlap_samples = 8;
        const int rest = naive.size() - join.overlap_samples;
        if (operation == 8) {
          join.skip_samples =
              1 + static_cast<int>(random.Below(static_cast<uint64_t>(rest)));
          const int at = static_cast<int>(random.Below(
              static_cast<uint64_t>(rest - join.skip_samples + 1)));
          join.at_samples = buffer.played_samples() + at;
          naive.Cut(at, join.skip_samples);
        } else {
          const int samples =
              1 + static_cast<int>(random.Below(kRateHz * 3 / 100));
          const int at =
              static_cast<int>(random.Below(static_cast<uint64_t>(rest + 1)));
          if (buffer.played_samples() + at < samples) continue;
          if (samples > buffer.room_samples()) continue;
          join.skip_samples = -samples;
          join.at_samples = buffer.played_samples() + at;
          naive.Repeat(at, samples);
        }
        buffer.Apply(join, stretcher);
      }
      REQUIRE(buffer.ahead_samples() == naive.size());
      if (naive.size() == 0) continue;
      REQUIRE(buffer.front().origin == naive.front().origin);
      if (naive.front().origin == Origin::kTimeline) {
        REQUIRE(buffer.front().media_sample == naive.front().media_sample);
      }
    }
  }
}

TEST_CASE("audio comes out as it went in, and the last 20 ms are kept") {
  PlayoutBuffer buffer(kRateHz, /*channels=*/1);
  int16_t next = 0;
  int16_t expected = 0;
  std::vector<int16_t> out(kBlock);
  for (int i = 0; i < 500; ++i) {
    while (buffer.ahead_samples() < kBlock || i % 3 == 0) {
      const auto room = buffer.Append({37, next, Origin::kTimeline});
      for (int16_t& sample : room) sample = next++;
      if (buffer.room_samples() < 37 || i % 3 == 0) break;
    }
    while (buffer.ahead_samples() >= kBlock) {
      buffer.Take(out);
      for (const int16_t sample : out) REQUIRE(sample == expected++);
      const int kept = std::min<int>(expected, kRateHz / 50);
      REQUIRE(buffer.played_samples() == kept);
      REQUIRE(buffer.audio()[static_cast<size_t>(kept - 1)] == expected - 1);
    }
  }
}

TEST_CASE("runs that go on are one") {
  PlayoutBuffer buffer(kRateHz, /*channels=*/1);
  buffer.Append({30, 100, Origin::kTimeline});
  buffer.Append({20, 130, Origin::kTimeline});
  buffer.Append({20, 150, Origin::kMadeUp});
  buffer.Append({10, 150, Origin::kMadeUp});
  std::vector<int16_t> out(kBlock);
  const auto runs = buffer.Take(out);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].samples == 50);
  CHECK(runs[0].media_sample == 100);
  CHECK(runs[1].samples == 30);
  CHECK(runs[1].media_sample == 150);
}

TEST_CASE("with too many runs in it there is no room") {
  PlayoutBuffer buffer(kRateHz, /*channels=*/1);
  int appended = 0;
  while (buffer.room_samples() > 0) {
    buffer.Append({1, 2 * appended, Origin::kTimeline});
    ++appended;
  }
  CHECK(appended > 10);
  CHECK(appended < kMostAhead);
  std::vector<int16_t> out(static_cast<size_t>(appended));
  CHECK(buffer.Take(out).size() == static_cast<size_t>(appended));
  CHECK(buffer.room_samples() == kMostAhead);
}

}  // namespace
}  // namespace earshot
