#include "receiver/playout_policy.h"

#include <doctest/doctest.h>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// At its target, with enough audio in hand.
PlayoutState AtTarget(int64_t target_ms) {
  PlayoutState state;
  state.delay_us = state.target_us = target_ms * kMs;
  state.max_us = 1000 * kMs;
  state.level_us = target_ms * kMs + 10 * kMs;
  return state;
}

TEST_CASE("at the target, and a millisecond off it, nothing is changed") {
  for (const int64_t off_us : {-1000, 0, 1000}) {
    CAPTURE(off_us);
    PlayoutState state = AtTarget(40);
    state.delay_us += off_us;
    CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
  }
}

TEST_CASE("the further off, the more haste") {
  PlayoutState state = AtTarget(40);
  state.level_us = 500 * kMs;
  const auto haste_at = [&state](int64_t off_us) {
    state.delay_us = state.target_us + off_us;
    const PlayoutDecision decision = DecidePlayout(state);
    CHECK(decision.action ==
          (off_us > 0 ? PlayoutAction::kShorten : PlayoutAction::kLengthen));
    return decision.haste;
  };
  CHECK(haste_at(1'001) == Haste::kInPauses);
  CHECK(haste_at(4'000) == Haste::kInPauses);
  CHECK(haste_at(4'001) == Haste::kGentle);
  CHECK(haste_at(60'000) == Haste::kGentle);
  CHECK(haste_at(60'001) == Haste::kHurry);
  CHECK(haste_at(-1'001) == Haste::kInPauses);
  CHECK(haste_at(-4'001) == Haste::kGentle);
}

TEST_CASE("no more is cut than is too much, and 12 ms are left to play") {
  PlayoutState state = AtTarget(20);
  state.delay_us = 50 * kMs;
  state.level_us = 500 * kMs;
  CHECK(DecidePlayout(state).most_us == 30 * kMs);
  state.level_us = 22 * kMs;
  CHECK(DecidePlayout(state).most_us == 10 * kMs);
  state.level_us = 12 * kMs;
  CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
}

TEST_CASE("while packets come late the delay they need is kept") {
  PlayoutState state = AtTarget(20);
  state.delay_us = 150 * kMs;
  state.level_us = 300 * kMs;
  state.recent_late_us = 155 * kMs;
  CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
  state.recent_late_us = 10 * kMs;
  CHECK(DecidePlayout(state).action == PlayoutAction::kShorten);
}

TEST_CASE("far above the target what ticks add to lateness is given back") {
  PlayoutState state = AtTarget(20);
  state.level_us = 300 * kMs;
  for (const int64_t above_ms : {20, 21}) {
    CAPTURE(above_ms);
    state.delay_us = state.recent_late_us = state.target_us + above_ms * kMs;
    const PlayoutDecision decision = DecidePlayout(state);
    CHECK(decision.action ==
          (above_ms > 20 ? PlayoutAction::kShorten : PlayoutAction::kPlay));
    CHECK(decision.most_us == (above_ms > 20 ? 5 * kMs : 0));
  }
}

TEST_CASE("in a stall speech is slowed down while there is still some") {
  PlayoutState state = AtTarget(80);
  state.level_us = 30 * kMs;
  CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
  state.is_overdue = true;
  CHECK(DecidePlayout(state).action == PlayoutAction::kLengthen);
  CHECK(DecidePlayout(state).haste == Haste::kHurry);
  state.level_us = 40 * kMs;
  CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
  state = AtTarget(19);  // Too little to be worth it.
  state.is_overdue = true;
  state.level_us = 1 * kMs;
  CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
}

TEST_CASE("a pause is stretched while the next packet is overdue") {
  PlayoutState state = AtTarget(40);
  state.pause_target_us = 100 * kMs;
  state.level_us = 25 * kMs;
  CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
  state.is_overdue = true;
  state.target_us = 19 * kMs;  // Too little for speech to be slowed down.
  state.level_us = 19 * kMs;
  const PlayoutDecision decision = DecidePlayout(state);
  CHECK(decision.action == PlayoutAction::kLengthen);
  CHECK(decision.haste == Haste::kInPauses);
  CHECK(decision.most_us <= 60 * kMs);
  state.delay_us = 100 * kMs;  // Enough, and not given away yet.
  CHECK(DecidePlayout(state).action == PlayoutAction::kPlay);
}

TEST_CASE("whatever the state, a change keeps the limits") {
  constexpr uint64_t kSeed = 4;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    PlayoutState state;
    const auto any = [&random](int64_t most_ms) {
      return static_cast<int64_t>(
          random.Below(static_cast<uint64_t>(most_ms * kMs)));
    };
    state.max_us = 20 * kMs + any(300);
    state.target_us = any(state.max_us / kMs);
    state.delay_us = any(400) - 50 * kMs;
    state.recent_late_us = any(300);
    state.level_us = any(300);
    state.is_overdue = random.Below(2) == 0;
    const PlayoutDecision decision = DecidePlayout(state);
    if (decision.action == PlayoutAction::kPlay) continue;
    REQUIRE(decision.most_us > 0);
    if (decision.action == PlayoutAction::kLengthen) {
      REQUIRE(state.delay_us + decision.most_us <= state.max_us);
    } else {
      REQUIRE(state.delay_us - decision.most_us >= state.target_us);
      REQUIRE(state.level_us - decision.most_us >= 12 * kMs);
    }
  }
}

TEST_CASE("the rest after a change holds speech to 1.5 times its speed") {
  for (const int64_t changed_us : {2'500, 10'000, 20'000}) {
    // Played in that time without a change.
    const int64_t gentle_us = RestAfterChangeUs(changed_us, Haste::kGentle);
    CHECK(static_cast<double>(gentle_us + changed_us) <=
          1.5 * static_cast<double>(gentle_us));
    const int64_t hurried_us = RestAfterChangeUs(changed_us, Haste::kHurry);
    CHECK(hurried_us > 0);
    CHECK(hurried_us < gentle_us);
  }
}

}  // namespace
}  // namespace earshot
