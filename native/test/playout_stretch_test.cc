#include "receiver/playout_stretch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "test_signals.h"

namespace earshot {
namespace {

constexpr int kRateHz = 16000;
constexpr int kPerMs = kRateHz / 1000;
constexpr int64_t kMs = 1000;
constexpr float kFloorDb = -70;

// A buffer that has played 20 ms of a signal and is filled up to `ahead_ms`.
struct Listened {
  PlayoutBuffer buffer{kRateHz, 1};
  PlayoutCounters counters;
  PlayoutStretch stretch{kRateHz, 1, buffer, counters};
  std::vector<int16_t> signal;
  int next = 0;

  explicit Listened(std::vector<int16_t> heard) : signal(std::move(heard)) {
    Fill(20);
    Play(20);
  }
  void Fill(int ahead_ms) {
    const int samples = ahead_ms * kPerMs - buffer.ahead_samples();
    if (samples <= 0) return;
    const auto room = buffer.Append({samples, next, Origin::kTimeline});
    std::copy_n(signal.begin() + next, samples, room.begin());
    next += samples;
  }
  void Play(int ms) {
    std::vector<int16_t> out(static_cast<size_t>(ms * kPerMs));
    buffer.Take(out);
  }
  PlayoutBlock Reported() {
    PlayoutBlock block;
    stretch.Report(block);
    return block;
  }
};

PlayoutDecision ToDo(PlayoutAction action, Haste haste, int64_t most_ms) {
  return {action, haste, most_ms * kMs};
}

TEST_CASE("of a pause as much is cut as was decided, tick by tick") {
  Listened heard{std::vector<int16_t>(kRateHz)};
  const auto decision = ToDo(PlayoutAction::kShorten, Haste::kInPauses, 20);
  int64_t removed = 0;
  for (int64_t tick_us = 0; tick_us < 50 * kMs; tick_us += 10 * kMs) {
    heard.Fill(60);
    heard.stretch.Change(decision, tick_us, kFloorDb);
    CHECK(heard.buffer.ahead_samples() == 40 * kPerMs);
    const PlayoutBlock block = heard.Reported();
    CHECK(block.removed_samples == 20 * kPerMs);
    CHECK(block.inserted_samples == 0);
    removed += block.removed_samples;
    heard.Play(10);
  }
  CHECK(heard.counters.removed_samples == removed);
}

TEST_CASE("of a pause no more is repeated than lets the media go on") {
  Listened heard{std::vector<int16_t>(kRateHz)};
  heard.Fill(40);
  heard.stretch.Change(ToDo(PlayoutAction::kLengthen, Haste::kInPauses, 30), 0,
                       kFloorDb);
  CHECK(heard.buffer.ahead_samples() == 49 * kPerMs);
  CHECK(heard.counters.inserted_samples == 9 * kPerMs);
}

TEST_CASE("speech is left alone where only pauses are to be changed") {
  Listened heard(Voice(130, kRateHz, kRateHz));
  heard.Fill(60);
  for (const auto action :
       {PlayoutAction::kShorten, PlayoutAction::kLengthen}) {
    heard.stretch.Change(ToDo(action, Haste::kInPauses, 20), 0, kFloorDb);
    CHECK(heard.buffer.ahead_samples() == 60 * kPerMs);
  }
}

TEST_CASE("after a change of speech it rests, less in haste") {
  for (const Haste haste : {Haste::kGentle, Haste::kHurry}) {
    CAPTURE(static_cast<int>(haste));
    Listened heard(Voice(130, kRateHz, kRateHz));
    const auto decision = ToDo(PlayoutAction::kShorten, haste, 20);
    int64_t rest_until_us = 0;
    int changes = 0;
    for (int64_t tick_us = 0; tick_us < 300 * kMs; tick_us += 10 * kMs) {
      heard.Fill(60);
      heard.stretch.Change(decision, tick_us, kFloorDb);
      const int64_t changed_us =
          int64_t{1000} * heard.Reported().removed_samples / kPerMs;
      if (changed_us > 0) {
        CHECK(tick_us >= rest_until_us);
        rest_until_us = tick_us + RestAfterChangeUs(changed_us, haste);
        ++changes;
      } else {
        CHECK(tick_us < rest_until_us);
      }
      heard.Play(10);
    }
    CHECK(changes >= (haste == Haste::kHurry ? 10 : 5));
  }
}

TEST_CASE("for a long cut more audio is worth looking at") {
  CHECK(PlayoutStretch::LookaheadUs(
            ToDo(PlayoutAction::kShorten, Haste::kHurry, 40)) == 40 * kMs);
  CHECK(PlayoutStretch::LookaheadUs(
            ToDo(PlayoutAction::kShorten, Haste::kHurry, 41)) == 80 * kMs);
  CHECK(PlayoutStretch::LookaheadUs(
            ToDo(PlayoutAction::kLengthen, Haste::kHurry, 41)) == 40 * kMs);
}

}  // namespace
}  // namespace earshot
