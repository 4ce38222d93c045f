// Packets of nothing but padding (RFC 3550 5.1), as libwebrtc's pacer sends
// them to probe a path: numbers without time.

#include <doctest/doctest.h>

#include <algorithm>

#include "padding_writer.h"
#include "playout_call.h"
#include "red_writer.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
TEST_CASE("padding takes numbers, and changes nothing of what is heard") {
  for (const bool dtx : {false, true}) {
    CAPTURE(dtx);
    Talk talk = {.frames = 200, .fec = true, .dtx = dtx};
    talk.voiced = [](int frame) { return frame % 100 < 60; };
    const auto sent = Encode(talk);
    std::vector<size_t> places;
    const auto padded = WithPadding(sent, 7, places);
    Receiver receiver{ReceiverConfig()};
    CHECK(Listen(receiver, padded) == Listen(ReceiverConfig(), sent));

    const Counters& counters = receiver.ReadCounters();
    CHECK(counters.packets_received == static_cast<int64_t>(padded.size()));
    CHECK(counters.packets_lost == 0);
    CHECK(counters.packets_malformed == 0);
    CHECK(counters.packets_conflicting == 0);
    CHECK(counters.packets_late == 0);
    CHECK(counters.timestamp_jumps == 0);
    Receiver plain{ReceiverConfig()};
    Listen(plain, sent);
    CHECK(counters.jitter_ticks_q4 == plain.ReadCounters().jitter_ticks_q4);
  }
}

TEST_CASE("padding changes nothing of what is played") {
  const auto sent = Jittered(Encode({.frames = 200}), 30 * kMs, 5);
  std::vector<size_t> places;
  const auto padded = WithPadding(sent, 7, places);
  CHECK(PlayOut(PlayoutReceiver(), padded) == PlayOut(PlayoutReceiver(), sent));
}

TEST_CASE("padding that is lost is loss, of which nothing is made up") {
  const auto sent = Encode({.frames = 100});
  std::vector<size_t> places;
  const auto padded = WithPadding(sent, 10, places);
  Receiver receiver{ReceiverConfig()};
  const std::vector<size_t> lost = {places[0], places[2], places[3], places[5]};
  const auto heard = Listen(receiver, Without(padded, lost));
  CHECK(JoinPcm(heard) == JoinPcm(Listen(ReceiverConfig(), sent)));
  CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
  CHECK(receiver.ReadCounters().packets_lost == 4);
}

TEST_CASE("audio lost beside padding comes from the copy as without it") {
  const auto sent = Encode({.frames = 100, .fec = true});
  for (size_t every = 3; every < 12; ++every) {
    CAPTURE(every);
    std::vector<size_t> places;
    const auto padded = WithPadding(sent, every, places);
    // What is lost stands right before the padding, its copy right behind.
    const auto heard =
        Listen(ReceiverConfig(), Without(padded, {places[4] - 1}));
    const size_t audio = 3 * every - 1;
    const auto plain = Listen(ReceiverConfig(), Without(sent, {audio}));
    CHECK(JoinPcm(heard) == JoinPcm(plain));
    CHECK(TicksFrom(heard, Provenance::kFec) ==
          TicksFrom(plain, Provenance::kFec));
  }
}

TEST_CASE("padding that comes again, or late, is no audio either") {
  const auto sent = Encode({.frames = 100});
  std::vector<size_t> places;
  auto padded = WithPadding(sent, 10, places);
  padded[places[4]].at_us += 400 * kMs;
  padded.push_back(padded[places[0]]);
  padded.back().at_us += 30 * kMs;
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, padded);
  CHECK(JoinPcm(heard) == JoinPcm(Listen(ReceiverConfig(), sent)));
  const Counters& counters = receiver.ReadCounters();
  CHECK(counters.packets_duplicate == 1);
  CHECK(counters.packets_conflicting == 0);
  CHECK(counters.packets_reordered == 1);
  CHECK(counters.packets_lost == 0);
  CHECK(counters.packets_received == 120);
}

TEST_CASE("padding before the first audio is on probation, and no loss") {
  const auto sent = Encode({.frames = 50});
  std::vector<SentPacket> packets;
  for (int i = 5; i >= 1; --i) {
    SentPacket padding = PaddingBehind(sent[0], -i * 10 * kMs, 100);
    Renumber(padding.bytes, -1 - i);
    packets.push_back(padding);
  }
  packets.insert(packets.end(), sent.begin(), sent.end());
  for (SentPacket& packet : packets) packet.at_us += 100 * kMs;
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.front().frame.media_ticks == 0);
  CHECK(heard.front().at_us == packets[5].at_us);
  CHECK(TicksFrom(heard, Provenance::kReceived) == 50 * 20 * kTicksPerMs);
  CHECK(receiver.ReadCounters().packets_on_probation == 5);
  CHECK(receiver.ReadCounters().packets_received == 50);
  CHECK(receiver.ReadCounters().packets_lost == 0);
}

TEST_CASE("padding with the payload type of RED is padding") {
  ReceiverConfig config;
  config.payloads.Set(111, CodecFormat());
  config.payloads.Set(63, {CodecKind::kRed, 48'000, 2});
  const auto sent = Encode({.frames = 50});
  std::vector<size_t> places;
  auto padded = WithPadding(sent, 10, places);
  for (const size_t place : places) padded[place].bytes[1] = 63;
  Receiver receiver{config};
  CHECK(JoinPcm(Listen(receiver, padded)) == JoinPcm(Listen(config, sent)));
  CHECK(receiver.ReadCounters().packets_malformed == 0);
  CHECK(receiver.ReadCounters().packets_lost == 0);
}

ReceiverConfig RedConfig() {
  ReceiverConfig config;
  config.payloads.Set(111, CodecFormat());
  config.payloads.Set(63, {CodecKind::kRed, 48'000, 2});
  return config;
}

std::vector<SentPacket> WithCopies(const std::vector<SentPacket>& talk,
                                   int distance) {
  RedWriter writer(distance, 111);
  std::vector<SentPacket> red;
  for (const SentPacket& packet : talk) {
    const auto header = ParseRtpHeader(packet.bytes);
    RtpFields fields = {.payload_type = 63,
                        .sequence_number = header->sequence_number,
                        .timestamp = header->timestamp};
    const auto payload =
        std::span(packet.bytes).subspan(header->payload_offset);
    red.push_back({packet.at_us,
                   WriteRtp(fields, writer.Write(header->timestamp, payload))});
  }
  return red;
}

TEST_CASE("copies of RED are found across padding, be it lost or here") {
  const auto sent = Encode({.frames = 120});
  for (const int distance : {1, 2, 3}) {
    std::vector<size_t> places;
    const auto padded = WithPadding(WithCopies(sent, distance), 8, places);
    // Audio right before padding, and one or two packets further on.
    for (const int before : {1, 2}) {
      for (int length = 1; length <= distance; ++length) {
        for (const int padding_lost : {0, 1, 2}) {
          CAPTURE(distance);
          CAPTURE(before);
          CAPTURE(length);
          CAPTURE(padding_lost);
          std::vector<size_t> lost;
          const size_t end = places[8] + 1 - static_cast<size_t>(before);
          for (int i = length; i > 0; --i) {
            lost.push_back(end - static_cast<size_t>(i));
          }
          for (int i = 0; i < padding_lost; ++i) {
            lost.push_back(places[8 + static_cast<size_t>(i)]);
          }
          Receiver receiver{RedConfig()};
          const auto heard = Listen(receiver, Without(padded, lost));
          CHECK(TilesTheTimeline(heard));
          CHECK(JoinPcm(heard) == DecodePlainly(sent, 16'000));
          CHECK(TicksFrom(heard, Provenance::kRed) ==
                length * 20 * kTicksPerMs);
          CHECK(receiver.ReadCounters().packets_lost == length + padding_lost);
        }
      }
    }
  }
}

TEST_CASE("a sender that begins anew with padding is heard as without it") {
  const auto first = Encode({.frames = 100});
  Talk talk = {.frames = 100, .first_sequence_number = 40'000};
  talk.first_timestamp = 3'000'000'000;
  const auto again = Encode(talk);
  const int64_t pause_us = 2'300 * kMs;
  for (const int padding : {0, 1, 2, 5}) {
    CAPTURE(padding);
    auto packets = first;
    for (int i = padding; i > 0; --i) {
      SentPacket one = PaddingBehind(again[0], pause_us - i * kMs, 100);
      Renumber(one.bytes, -1 - i);
      packets.push_back(one);
    }
    for (const SentPacket& packet : again) {
      packets.push_back({packet.at_us + pause_us, packet.bytes});
    }
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kReceived) == 200 * 20 * kTicksPerMs);
    const Counters& counters = receiver.ReadCounters();
    CHECK(counters.restarts == 1);
    CHECK(counters.timestamp_jumps == 1);
    CHECK(counters.packets_received == 200 + padding);
    CHECK(counters.packets_lost == 0);

    // Its decoder begins anew, and its words stand where they would.
    auto pcm = JoinPcm(heard);
    const auto said = DecodePlainly(again, 16'000);
    REQUIRE(pcm.size() > said.size());
    pcm.erase(pcm.begin(), pcm.end() - static_cast<ptrdiff_t>(said.size()));
    CHECK(pcm == said);
    CHECK(heard.back().frame.media_ticks ==
          (2'300 + 99 * 20) * int64_t{kTicksPerMs});
  }
}

}  // namespace
}  // namespace earshot
