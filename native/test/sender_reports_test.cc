#include "receiver/sender_reports.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ntp_time.h"
#include "padding_writer.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int64_t kSecond = 1'000'000;
// 2026-01-01 00:00:00 UTC, from 1970: when the first sample was captured.
constexpr int64_t kNewYearUs = 1'767'225'600 * kSecond;
constexpr uint32_t kFirstSsrc = 0x1234;
constexpr uint32_t kSecondSsrc = 0x9999;
constexpr uint32_t kFirstTimestamp = 160'000;
constexpr uint32_t kSecondTimestamp = 4'294'900'000;  // It turns over.
constexpr int64_t kTalkMs = 2000;

TEST_CASE("the last report of each of the last four sources is known") {
  SenderReports reports;
  CHECK(reports.Of(0) == nullptr);
  for (uint32_t ssrc = 1; ssrc <= 4; ++ssrc) {
    CHECK(reports.Note({ssrc, ssrc + 100, 0}));
  }
  CHECK(reports.Note({1, 500, 7}));
  for (uint32_t ssrc = 2; ssrc <= 4; ++ssrc) {
    REQUIRE(reports.Of(ssrc) != nullptr);
    CHECK(reports.Of(ssrc)->ntp_time == ssrc + 100);
  }
  CHECK(reports.Note({5, 600, 0}));
  CHECK(reports.Of(2) == nullptr);  // Heard of the longest ago.
  REQUIRE(reports.Of(1) != nullptr);
  CHECK(reports.Of(1)->ntp_time == 500);
  CHECK(reports.Of(1)->rtp_timestamp == 7);
  CHECK_FALSE(reports.Note({6, 0, 0}));
  CHECK(reports.Of(6) == nullptr);
}

// Two talks of one sender, which began again with another SSRC and timestamps
// from elsewhere after a pause; the network holds the first packets of the
// second back.
struct RestartedCall {
  int64_t pause_ms = 0;
  int64_t late_ms = 80;
  uint32_t second_ssrc = kSecondSsrc;
  // What the second SSRC's wall clock is ahead of the first one's.
  int64_t clock_set_us = 0;
  int padding = 0;  // Packets of it that the second SSRC begins with.
  bool first_reported = true;
  bool second_reported = true;

  // The report comes before the packets of the source do.
  std::vector<HeardFrame> Play(Receiver& receiver) const {
    Talk second;
    second.ssrc = second_ssrc;
    second.first_timestamp = kSecondTimestamp;
    second.first_sequence_number = 40'000;
    const int64_t second_us = (kTalkMs + pause_ms) * kMs;
    auto packets = Encode({});
    const auto later = Encode(second);
    for (int i = padding; i > 0; --i) {
      SentPacket one = PaddingBehind(later[0], second_us - i * kMs, 100);
      Renumber(one.bytes, -1 - i);
      packets.push_back(one);
    }
    for (const SentPacket& packet : later) {
      packets.push_back(
          {second_us + std::max(packet.at_us, (20 + late_ms) * kMs),
           packet.bytes});
    }
    if (first_reported) {
      // Of half a second into the talk.
      receiver.OnSenderReport({kFirstSsrc, NtpOf(kNewYearUs + kSecond / 2),
                               kFirstTimestamp + 24'000});
    }
    if (second_reported) {
      // Of half a second before the talk.
      receiver.OnSenderReport(
          {second_ssrc,
           NtpOf(kNewYearUs + second_us - kSecond / 2 + clock_set_us),
           kSecondTimestamp - 24'000});
    }
    return Listen(receiver, packets);
  }
};

int64_t LastMs(const std::vector<HeardFrame>& heard) {
  int64_t last_ticks = 0;
  for (const HeardFrame& frame : heard) {
    last_ticks = std::max(last_ticks, frame.frame.media_ticks);
  }
  return last_ticks / kTicksPerMs;
}

TEST_CASE("a new SSRC goes on by the sender's wall clock") {
  for (const int64_t pause_ms : {0, 300, 1500, 60'000}) {
    for (const int64_t late_ms : {0, 80, 140}) {
      CAPTURE(pause_ms);
      CAPTURE(late_ms);
      Receiver receiver{ReceiverConfig()};
      const int padding = static_cast<int>(late_ms / 40);
      const auto heard =
          RestartedCall{
              .pause_ms = pause_ms, .late_ms = late_ms, .padding = padding}
              .Play(receiver);
      // The silence between is as long as it was, however late it ended.
      CHECK(LastMs(heard) == 2 * kTalkMs + pause_ms - 20);
      CHECK(TicksFrom(heard, Provenance::kReceived) ==
            2 * kTalkMs * kTicksPerMs);
      CHECK(receiver.ReadCounters().restarts == 1);
      CHECK(receiver.ReadCounters().timestamp_jumps == 0);
      // So is what the frames say of their capture, and their lateness.
      for (const HeardFrame& frame : heard) {
        REQUIRE(frame.frame.capture_us ==
                kNewYearUs + frame.frame.media_ticks * kMs / kTicksPerMs);
      }
      CHECK(heard.back().frame.latency_us == 0);
    }
  }
}

TEST_CASE("without a report of each a new SSRC goes on by its arrival") {
  for (const bool is_first : {false, true}) {
    Receiver receiver{ReceiverConfig()};
    const auto heard = RestartedCall{.pause_ms = 300,
                                     .first_reported = is_first,
                                     .second_reported = !is_first}
                           .Play(receiver);
    CHECK(LastMs(heard) == 2 * kTalkMs + 300 + 80 - 20);
    CHECK(receiver.ReadCounters().timestamp_jumps == 1);
  }
}

TEST_CASE("a wall clock that contradicts the arrival is not followed") {
  for (const int64_t set_us : {-3600 * kSecond, -3 * kSecond, 3 * kSecond,
                               3600 * kSecond, 20'000'000 * kSecond}) {
    CAPTURE(set_us);
    Receiver receiver{ReceiverConfig()};
    const auto heard =
        RestartedCall{.pause_ms = 300, .clock_set_us = set_us}.Play(receiver);
    CHECK(LastMs(heard) == 2 * kTalkMs + 300 + 80 - 20);
    CHECK(TilesTheTimeline(heard));
  }
}

TEST_CASE("a new SSRC that would have begun before the old one ended did not") {
  Receiver receiver{ReceiverConfig()};
  const auto heard =
      RestartedCall{.pause_ms = 300, .late_ms = 0, .clock_set_us = -500 * kMs}
          .Play(receiver);
  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kReceived) == 2 * kTalkMs * kTicksPerMs);
}

TEST_CASE("a report from before a restart says nothing of the same SSRC") {
  Receiver receiver{ReceiverConfig()};
  const auto heard =
      RestartedCall{
          .pause_ms = 300, .second_ssrc = kFirstSsrc, .second_reported = false}
          .Play(receiver);
  CHECK(LastMs(heard) == 2 * kTalkMs + 300 + 80 - 20);
}

}  // namespace
}  // namespace earshot
