// Telephone events beside the audio of a whole call.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "pcm_talk.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr CodecFormat kPcmu = {CodecKind::kPcmu, 8'000, 1};
constexpr CodecFormat kEvents = {CodecKind::kTelephoneEvent, 8'000, 1};

ReceiverConfig ConfigWithEvents() {
  ReceiverConfig config = ConfigOf(0, kPcmu);
  config.payloads.Set(101, kEvents);
  return config;
}

Bytes Event(int key, int duration_samples, bool is_end) {
  Bytes payload = {static_cast<uint8_t>(key),
                   static_cast<uint8_t>((is_end ? 0x80 : 0) | 10)};
  AppendNumber(payload, static_cast<uint64_t>(duration_samples), 2);
  return payload;
}

// A call in which a key is pressed for 100 ms behind the 50th frame: events are
// sent in the place of audio, as RFC 4733 2.5.1.2 has it, the last one three
// times. `pressed` gets the places of the events.
std::vector<SentPacket> CallWithKey(int key, std::vector<size_t>& pressed) {
  PcmTalk talk = {.format = kPcmu, .frames = 50};
  auto packets = EncodePcm(talk);
  uint16_t sequence_number = 1050;
  const uint32_t start = talk.first_timestamp + 50 * 160;
  const auto send = [&](int64_t at_ms, int samples, bool is_end) {
    pressed.push_back(packets.size());
    packets.push_back(
        {at_ms * kMs, WriteRtp({.payload_type = 101,
                                .sequence_number = sequence_number++,
                                .timestamp = start},
                               Event(key, samples, is_end))});
  };
  for (int i = 1; i < 5; ++i) send(1000 + 20 * i, 160 * i, false);
  for (int i = 0; i < 3; ++i) send(1100, 800, true);
  talk.first_sequence_number = sequence_number;
  talk.first_timestamp = start + 800;
  talk.first_us = 1100 * kMs;
  for (SentPacket& packet : EncodePcm(talk)) {
    packets.push_back(std::move(packet));
  }
  return packets;
}

std::vector<TelephoneEvent> EventsOf(Receiver& receiver, int64_t now_us) {
  std::array<TelephoneEvent, 16> events;
  const int count = receiver.TakeTelephoneEvents(now_us, events);
  return {events.begin(), events.begin() + count};
}

TEST_CASE(
    "a key is reported once when it goes down and once when it comes up") {
  std::vector<size_t> pressed;
  const auto packets = CallWithKey(5, pressed);
  Receiver receiver{ConfigWithEvents()};
  std::vector<HeardFrame> heard;
  std::vector<std::pair<int64_t, TelephoneEvent>> events;
  for (const SentPacket& packet : packets) {
    receiver.Push(packet.bytes, packet.at_us);
    PollInto(receiver, packet.at_us, heard);
    for (const TelephoneEvent& event : EventsOf(receiver, packet.at_us)) {
      events.emplace_back(packet.at_us, event);
    }
  }
  REQUIRE(events.size() == 2);
  const int64_t start_ticks = 1000 * kTicksPerMs;
  CHECK(events[0].first == 1020 * kMs);
  CHECK(events[0].second ==
        TelephoneEvent{5, false, -10, start_ticks, 20 * kTicksPerMs});
  CHECK(events[1].first == 1100 * kMs);
  CHECK(events[1].second ==
        TelephoneEvent{5, true, -10, start_ticks, 100 * kTicksPerMs});
}

TEST_CASE("a key leaves the audio alone, and its packets are not loss") {
  std::vector<size_t> pressed;
  const auto packets = CallWithKey(11, pressed);
  Receiver receiver{ConfigWithEvents()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
  CHECK(TicksFrom(heard, Provenance::kSilence) == 100 * kTicksPerMs);
  CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
  CHECK(receiver.ReadCounters().packets_lost == 0);
  CHECK(receiver.ReadCounters().packets_duplicate == 0);
  CHECK(receiver.ReadCounters().packets_received == 107);
  CHECK(receiver.ReadCounters().timestamp_jumps == 0);
}

TEST_CASE("whatever is lost of a key but one packet, it is reported") {
  std::vector<size_t> pressed;
  const auto packets = CallWithKey(1, pressed);
  for (const size_t kept : pressed) {
    CAPTURE(kept);
    std::vector<size_t> lost = pressed;
    lost.erase(std::find(lost.begin(), lost.end(), kept));
    Receiver receiver{ConfigWithEvents()};
    const auto heard = Listen(receiver, Without(packets, lost));
    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
    const auto events = EventsOf(receiver, 60'000 * kMs);
    REQUIRE(events.size() == 2);
    CHECK_FALSE(events[0].has_ended);
    CHECK(events[1].has_ended);
    CHECK(events[1].event == 1);
  }
}

TEST_CASE("a key that stops without a word comes up a second later") {
  std::vector<size_t> pressed;
  auto packets = CallWithKey(2, pressed);
  packets.resize(pressed[2]);  // Two updates.
  Receiver receiver{ConfigWithEvents()};
  for (const SentPacket& packet : packets) {
    receiver.Push(packet.bytes, packet.at_us);
  }
  const int64_t last_us = packets.back().at_us;
  CHECK(EventsOf(receiver, last_us).size() == 1);
  CHECK(EventsOf(receiver, last_us + 999 * kMs).empty());
  const auto events = EventsOf(receiver, last_us + 1000 * kMs);
  REQUIRE(events.size() == 1);
  CHECK(events[0].has_ended);
  CHECK(events[0].duration_ticks == 40 * kTicksPerMs);
}

TEST_CASE("a call may begin with a key") {
  std::vector<size_t> pressed;
  auto packets = CallWithKey(3, pressed);
  packets.erase(packets.begin(), packets.begin() + 50);
  Receiver receiver{ConfigWithEvents()};
  const auto heard = Listen(receiver, packets);
  CHECK(TicksFrom(heard, Provenance::kReceived) == 50 * 20 * kTicksPerMs);
  CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
  CHECK(TilesTheTimeline(heard));
  const auto events = EventsOf(receiver, packets.back().at_us);
  REQUIRE(events.size() == 2);
  CHECK(events[1].duration_ticks == 100 * kTicksPerMs);
}

// Audio goes on below a key where a sender does not stop it.
TEST_CASE(
    "audio that arrives behind a key's packet in the wrong order is played") {
  PcmTalk talk = {.format = kPcmu};
  auto packets = EncodePcm(talk);
  const auto clean = JoinPcm(Listen(ConfigWithEvents(), packets));
  // An event takes number 1050, so everything behind it moves up by one.
  for (size_t i = 50; i < packets.size(); ++i) {
    packets[i].bytes[3] = static_cast<uint8_t>(packets[i].bytes[3] + 1);
  }
  packets.push_back(
      {1010 * kMs, WriteRtp({.payload_type = 101,
                             .sequence_number = 1050,
                             .timestamp = talk.first_timestamp + 50 * 160},
                            Event(9, 160, true))});
  for (const int64_t delay_ms : {15, 45, 120}) {
    CAPTURE(delay_ms);
    auto late = packets;
    late[49].at_us += delay_ms * kMs;  // The packet before the event.
    Receiver receiver{ConfigWithEvents()};
    const auto heard = Listen(receiver, late);
    CHECK(JoinPcm(heard) == clean);
    CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
    CHECK(receiver.ReadCounters().packets_late == 0);
  }
}

TEST_CASE("audio lost beside a key is loss, not a pause") {
  PcmTalk talk = {.format = kPcmu};
  auto packets = EncodePcm(talk);
  for (size_t i = 50; i < packets.size(); ++i) {
    packets[i].bytes[3] = static_cast<uint8_t>(packets[i].bytes[3] + 1);
  }
  packets.push_back(
      {1010 * kMs, WriteRtp({.payload_type = 101,
                             .sequence_number = 1050,
                             .timestamp = talk.first_timestamp + 50 * 160},
                            Event(9, 160, true))});
  for (const size_t lost : {49, 50}) {
    CAPTURE(lost);
    const auto heard = Listen(ConfigWithEvents(), Without(packets, {lost}));
    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kReceived) == 99 * 20 * kTicksPerMs);
    CHECK(TicksFrom(heard, Provenance::kPlc) == 20 * kTicksPerMs);
  }
}

}  // namespace
}  // namespace earshot
