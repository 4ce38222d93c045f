#include "receiver/nack_planner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
// 150 ms to the deadline, and a second for repairs.
constexpr int64_t kUsefulUs = 1150 * kMs;

std::vector<NackRequest> Take(NackPlanner& planner, int64_t now_us) {
  std::array<NackRequest, 64> out;
  const int count = planner.Take(now_us, out);
  return {out.begin(), out.begin() + count};
}

TEST_CASE("nothing is asked for before the round trip is known") {
  NackPlanner planner(kUsefulUs);
  planner.OnMissing(7, 0);
  CHECK(planner.DueUs(0) == kNever);
  CHECK(Take(planner, 100 * kMs).empty());
  planner.SetRoundTrip(40 * kMs);
  planner.OnMissing(8, 100 * kMs);
  CHECK(Take(planner, 110 * kMs).size() == 1);
}

TEST_CASE("a packet is asked for when common reordering has had its time") {
  NackPlanner planner(kUsefulUs);
  planner.SetRoundTrip(40 * kMs);
  planner.OnMissing(7, 500 * kMs);
  CHECK(planner.DueUs(0) == 510 * kMs);
  CHECK(Take(planner, 510 * kMs - 1).empty());
  const auto requests = Take(planner, 510 * kMs);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].sequence == 7);
  CHECK(requests[0].until_us == 500 * kMs + kUsefulUs);
}

TEST_CASE("it is asked for twice, with time for the answer in between") {
  NackPlanner planner(kUsefulUs);
  planner.SetRoundTrip(40 * kMs);
  planner.OnMissing(7, 0);
  CHECK(Take(planner, 10 * kMs).size() == 1);
  CHECK(planner.DueUs(0) == 70 * kMs);  // One and a half round trips.
  CHECK(Take(planner, 70 * kMs - 1).empty());
  CHECK(Take(planner, 70 * kMs).size() == 1);
  CHECK(Take(planner, 1000 * kMs).empty());
  CHECK(planner.DueUs(0) == kNever);
}

TEST_CASE("it is not asked for when an answer could not come in time") {
  for (const int64_t rtt_ms : {100, 1000, 1140}) {
    CAPTURE(rtt_ms);
    NackPlanner planner(kUsefulUs);
    planner.SetRoundTrip(rtt_ms * kMs);
    planner.OnMissing(7, 0);
    const int64_t last_us = kUsefulUs - rtt_ms * kMs;
    NackPlanner late = planner;
    CHECK(Take(planner, last_us).size() == 1);
    CHECK(Take(late, last_us + 1).empty());
    CHECK(late.DueUs(0) == kNever);
  }
  NackPlanner planner(kUsefulUs);
  planner.SetRoundTrip(1141 * kMs);
  planner.OnMissing(7, 0);
  CHECK(Take(planner, 10 * kMs).empty());
}

TEST_CASE("what has come is not asked for") {
  NackPlanner planner(kUsefulUs);
  planner.SetRoundTrip(40 * kMs);
  for (int64_t sequence = 1; sequence <= 5; ++sequence) {
    planner.OnMissing(sequence, 0);
  }
  planner.OnHere(3);
  const auto first = Take(planner, 10 * kMs);
  REQUIRE(first.size() == 4);
  CHECK(std::none_of(first.begin(), first.end(),
                     [](const NackRequest& one) { return one.sequence == 3; }));
  planner.OnHere(1);
  CHECK(Take(planner, 70 * kMs).size() == 3);
  planner.Clear();
  CHECK(planner.DueUs(0) == kNever);
}

TEST_CASE("little memory of the caller only means more calls") {
  NackPlanner planner(kUsefulUs);
  planner.SetRoundTrip(40 * kMs);
  for (int64_t sequence = 0; sequence < 5; ++sequence) {
    planner.OnMissing(sequence, 0);
  }
  std::vector<int64_t> asked;
  std::array<NackRequest, 2> out;
  while (const int count = planner.Take(10 * kMs, out)) {
    for (int i = 0; i < count; ++i) {
      asked.push_back(out[static_cast<size_t>(i)].sequence);
    }
  }
  CHECK(asked == std::vector<int64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("of more than 64 missing packets the newest are asked for") {
  NackPlanner planner(kUsefulUs);
  planner.SetRoundTrip(40 * kMs);
  for (int64_t sequence = 0; sequence < 1000; ++sequence) {
    planner.OnMissing(sequence, 0);
  }
  const auto requests = Take(planner, 10 * kMs);
  REQUIRE(requests.size() == 64);
  CHECK(requests.front().sequence == 936);
  CHECK(requests.back().sequence == 999);
}

// ---- Through the receiver.

struct Asked {
  int64_t at_us = 0;
  int64_t number = 0;  // On the wire.
};

// Plays packets to a receiver and takes its requests at every packet and
// wake-up. `answer` gets them with the time, and returns what to send then.
struct Conversation {
  std::vector<HeardFrame> heard;
  std::vector<Asked> asked;
};

Conversation Converse(
    Receiver& receiver, std::vector<SentPacket> packets,
    const std::function<std::vector<SentPacket>(const Asked&)>& answer) {
  Conversation conversation;
  const auto act = [&](int64_t now_us) {
    PollInto(receiver, now_us, conversation.heard);
    std::array<NackRequest, 64> requests;
    const int count = receiver.TakeNacks(now_us, requests);
    for (const NackRequest& request :
         std::span(requests).first(static_cast<size_t>(count))) {
      const Asked asked = {now_us, request.sequence};
      conversation.asked.push_back(asked);
      for (SentPacket& packet : answer(asked)) {
        packets.push_back(std::move(packet));
      }
    }
  };
  const auto earlier = [](const SentPacket& a, const SentPacket& b) {
    return a.at_us < b.at_us;
  };
  while (!packets.empty()) {
    const auto next = std::min_element(packets.begin(), packets.end(), earlier);
    const int64_t wake_us = receiver.NextWakeupUs();
    if (wake_us != kNever && wake_us < next->at_us) {
      act(wake_us);
      continue;
    }
    const SentPacket packet = *next;
    packets.erase(next);
    receiver.Push(packet.bytes, packet.at_us);
    act(packet.at_us);
  }
  receiver.End();
  PollInto(receiver, 1'000'000 * kMs, conversation.heard);
  return conversation;
}

const auto kNoAnswer = [](const Asked&) { return std::vector<SentPacket>(); };

TEST_CASE("the receiver asks in the numbers of the wire, across their wrap") {
  Talk talk;
  talk.first_sequence_number = 65'500;
  const auto sent = Encode(talk);
  Receiver receiver{ReceiverConfig()};
  receiver.SetRoundTrip(40 * kMs);
  const auto conversation =
      Converse(receiver, Without(sent, {35, 36, 60}), kNoAnswer);

  std::vector<int64_t> numbers;
  for (const Asked& asked : conversation.asked) numbers.push_back(asked.number);
  CHECK(numbers == std::vector<int64_t>{65'535, 0, 65'535, 0, 24, 24});
  CHECK(conversation.asked[0].at_us == sent[37].at_us + 10 * kMs);
}

TEST_CASE("what was only overtaken is not asked for") {
  auto packets = Encode({});
  for (size_t i = 10; i < 90; i += 10) packets[i].at_us += 29 * kMs;
  Receiver receiver{ReceiverConfig()};
  receiver.SetRoundTrip(40 * kMs);
  CHECK(Converse(receiver, packets, kNoAnswer).asked.empty());
}

TEST_CASE("numbers of before a restart are not asked for behind it") {
  auto packets = Without(Encode({.frames = 50}), {48});
  Talk second = {.frames = 50, .first_sequence_number = 30'000};
  second.ssrc = 0x9999;
  const int64_t seen_us = packets[48].at_us;
  for (SentPacket packet : Encode(second)) {
    packet.at_us += seen_us;
    packets.push_back(std::move(packet));
  }
  packets[49].at_us = seen_us + 2 * kMs;  // The hole is younger than 10 ms.
  packets[50].at_us = seen_us + 4 * kMs;
  Receiver receiver{ReceiverConfig()};
  receiver.SetRoundTrip(40 * kMs);
  CHECK(Converse(receiver, packets, kNoAnswer).asked.empty());
  CHECK(receiver.ReadCounters().restarts == 1);
}

// Losses of one packet in ten, all answered after a round trip.
Conversation AnsweredCall(Receiver& receiver,
                          const std::vector<SentPacket>& sent, int64_t rtt_us) {
  std::vector<size_t> lost;
  for (size_t i = 20; i < sent.size(); i += 10) lost.push_back(i);
  return Converse(receiver, Without(sent, lost),
                  [&](const Asked& asked) -> std::vector<SentPacket> {
                    SentPacket again =
                        sent[static_cast<size_t>(asked.number - 1000)];
                    again.at_us = asked.at_us + rtt_us;
                    return {again};
                  });
}

TEST_CASE("an answer fills the hole in time") {
  const auto sent = Encode({.frames = 600});
  for (const int64_t rtt_ms : {20, 60, 90}) {
    CAPTURE(rtt_ms);
    Receiver receiver{ReceiverConfig()};
    receiver.SetRoundTrip(rtt_ms * kMs);
    const auto conversation = AnsweredCall(receiver, sent, rtt_ms * kMs);
    CHECK(TicksFrom(conversation.heard, Provenance::kPlc) == 0);
    CHECK(JoinPcm(conversation.heard) == DecodePlainly(sent, 16'000));
    CHECK(receiver.ReadCounters().packets_lost == 0);
    // Each was asked for once.
    CHECK(conversation.asked.size() == 58);
  }
}

TEST_CASE("an answer behind the deadline repairs") {
  const auto sent = Encode({.frames = 300});
  Receiver receiver{ReceiverConfig()};
  receiver.SetRoundTrip(400 * kMs);
  const auto conversation = AnsweredCall(receiver, sent, 400 * kMs);
  CHECK(TicksFrom(conversation.heard, Provenance::kPlc) > 0);
  CHECK(receiver.ReadCounters().packets_unrepairable == 0);
  // Behind the last packet the last answer was waited for.
  auto repaired = ApplyRepairs(conversation.heard, 16'000).pcm;
  const auto plain = DecodePlainly(sent, 16'000);
  REQUIRE(repaired.size() >= plain.size());
  repaired.resize(plain.size());
  CHECK(repaired == plain);
}

TEST_CASE("where half of the answers are lost, only their time is waited") {
  const auto sent = Encode({.frames = 1200});
  constexpr int64_t kRttUs = 40 * kMs;
  Receiver receiver{ReceiverConfig()};
  receiver.SetRoundTrip(kRttUs);
  std::vector<size_t> lost;
  for (size_t i = 20; i < sent.size(); i += 10) lost.push_back(i);
  const auto conversation =
      Converse(receiver, Without(sent, lost),
               [&](const Asked& asked) -> std::vector<SentPacket> {
                 const auto place = static_cast<size_t>(asked.number - 1000);
                 if (place % 20 == 0) return {};
                 SentPacket again = sent[place];
                 again.at_us = asked.at_us + kRttUs;
                 return {again};
               });
  int waited = 0;
  for (const HeardFrame& one : conversation.heard) {
    const bool is_learnt = one.frame.media_ticks > 18'000 * kTicksPerMs;
    if (one.frame.provenance != Provenance::kPlc || !is_learnt) continue;
    // The next packet shows the hole 20 ms on; then 10 ms of reordering and a
    // round trip, and not the rest of 150 ms.
    CHECK(one.frame.latency_us >= 70 * kMs);
    CHECK(one.frame.latency_us <= 85 * kMs);
    ++waited;
  }
  CHECK(waited == 14);
}

TEST_CASE("what is due already wakes a host that does not ask only once") {
  NackPlanner planner(1000 * kMs);
  planner.SetRoundTrip(40 * kMs);
  planner.OnMissing(7, 500 * kMs);
  CHECK(planner.DueUs(509 * kMs) == 510 * kMs);
  CHECK(planner.DueUs(510 * kMs) == kNever);
}

}  // namespace
}  // namespace earshot
