// Calls in PCMU, PCMA and L16, their comfort noise, and changes of codec.

#include <doctest/doctest.h>

#include <algorithm>

#include "pcm_talk.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

struct PcmCall {
  int payload_type = 0;
  CodecFormat format;
};

const PcmCall kCalls[] = {
    {0, {CodecKind::kPcmu, 8'000, 1}},   {8, {CodecKind::kPcma, 8'000, 1}},
    {97, {CodecKind::kL16, 16'000, 1}},  {98, {CodecKind::kL16, 48'000, 2}},
    {99, {CodecKind::kPcmu, 16'000, 2}}, {100, {CodecKind::kPcma, 32'000, 2}},
};
const CodecFormat kPcmu = kCalls[0].format;
const CodecFormat kPcma = kCalls[1].format;
constexpr CodecFormat kComfortNoise = {CodecKind::kComfortNoise, 8'000, 1};

PcmTalk TalkOf(const PcmCall& call) {
  PcmTalk talk;
  talk.format = call.format;
  talk.payload_type = call.payload_type;
  return talk;
}

// PCMU with comfort noise, as a static assignment or by SDP.
ReceiverConfig ConfigWithComfortNoise() {
  ReceiverConfig config = ConfigOf(0, kPcmu);
  config.payloads.Set(13, kComfortNoise);
  return config;
}

// 100 frames of speech with a pause of `pause_ms` behind the 50th, announced by
// a comfort noise packet at its beginning and every `repeat_ms` after.
std::vector<SentPacket> TalkWithComfortNoise(int pause_ms, int repeat_ms) {
  PcmTalk talk = TalkOf(kCalls[0]);
  talk.frames = 50;
  auto packets = EncodePcm(talk);
  const uint32_t pause_timestamp = talk.first_timestamp + 50 * 160;
  auto sequence_number =
      static_cast<uint16_t>(talk.first_sequence_number + talk.frames);
  const Bytes noise = {55, 140, 110};
  for (int ms = 0; ms < pause_ms; ms += repeat_ms) {
    packets.push_back({(1000 + ms) * kMs,
                       WriteRtp({.payload_type = 13,
                                 .sequence_number = sequence_number++,
                                 .timestamp = pause_timestamp +
                                              static_cast<uint32_t>(8 * ms)},
                                noise)});
  }
  talk.first_sequence_number = sequence_number;
  talk.first_timestamp = pause_timestamp + static_cast<uint32_t>(8 * pause_ms);
  talk.first_us = (1000 + pause_ms) * kMs;
  for (SentPacket& packet : EncodePcm(talk)) {
    packets.push_back(std::move(packet));
  }
  return packets;
}

TEST_CASE("a loss-free call equals plain decoding in every codec and rate") {
  for (const PcmCall& call : kCalls) {
    CAPTURE(call.payload_type);
    const auto packets = EncodePcm(TalkOf(call));
    for (const int rate_hz : {8'000, 12'000, 16'000, 24'000, 48'000}) {
      CAPTURE(rate_hz);
      ReceiverConfig config = ConfigOf(call.payload_type, call.format);
      config.sample_rate_hz = rate_hz;
      const auto heard = Listen(config, packets);
      CHECK(JoinPcm(heard) == DecodePcmPlainly(packets, call.format, rate_hz));
      CHECK(TilesTheTimeline(heard));
      CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
    }
  }
}

TEST_CASE("packets of every length a sender may choose are played") {
  for (const int frame_ms : {10, 20, 30, 60, 120}) {
    CAPTURE(frame_ms);
    PcmTalk talk = TalkOf(kCalls[1]);
    talk.frame_ms = frame_ms;
    talk.frames = 1200 / frame_ms;
    const auto packets = EncodePcm(talk);
    const auto heard = Listen(ConfigOf(8, kPcma), packets);
    CHECK(JoinPcm(heard) == DecodePcmPlainly(packets, kPcma, 16'000));
  }
}

TEST_CASE("static payload types need no telling") {
  const auto packets = EncodePcm(TalkOf(kCalls[1]));
  CHECK(JoinPcm(Listen(ReceiverConfig(), packets)) ==
        DecodePcmPlainly(packets, kPcma, 16'000));
}

TEST_CASE(
    "a lost packet is made up by the waveform, and is never digital zero") {
  for (const PcmCall& call : kCalls) {
    CAPTURE(call.payload_type);
    const auto sent = EncodePcm(TalkOf(call));
    const std::vector<size_t> lost = {40, 60, 61, 62};
    Receiver receiver{ConfigOf(call.payload_type, call.format)};
    const auto heard = Listen(receiver, Without(sent, lost));

    CHECK(TilesTheTimeline(heard));
    CHECK(JoinPcm(heard) == DecodePcmPlainly(sent, call.format, 16'000, lost));
    CHECK(TicksFrom(heard, Provenance::kPlc) == 4 * 20 * kTicksPerMs);
    for (const HeardFrame& frame : heard) {
      // The voice is at about -15 dB.
      if (frame.frame.provenance == Provenance::kPlc) {
        CHECK(frame.frame.level_db > -40);
      }
    }
    CHECK(receiver.ReadCounters().packets_lost == 4);
    CHECK(receiver.ReadCounters().concealment_events == 2);
  }
}

TEST_CASE("an outage of a second sinks, but not to digital zero") {
  std::vector<size_t> outage;
  for (size_t i = 40; i < 90; ++i) outage.push_back(i);
  const auto heard =
      Listen(ConfigOf(0, kPcmu), Without(EncodePcm(TalkOf(kCalls[0])), outage));
  CHECK(TicksFrom(heard, Provenance::kPlc) == 1000 * kTicksPerMs);
  for (const HeardFrame& frame : heard) CHECK(frame.frame.level_db > -127);
}

TEST_CASE("late packets heal every codec to the loss-free decode") {
  for (const PcmCall& call : kCalls) {
    int64_t late = 0;
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(call.payload_type);
      CAPTURE(seed);
      Random random(seed);
      PcmTalk talk = TalkOf(call);
      talk.frames = 200;
      const auto sent = EncodePcm(talk);
      auto packets = sent;
      // Of L16 in stereo the buffer keeps 340 ms.
      const bool is_wide = call.format.channels == 2;
      const uint64_t most_ms = is_wide ? 280 : 900;
      for (size_t i = 1; i + 1 < packets.size(); ++i) {
        if (random.Below(100) >= (is_wide ? 3 : 4)) continue;
        packets[i].at_us =
            std::min(packets[i].at_us +
                         static_cast<int64_t>(random.Below(most_ms * kMs)),
                     sent.back().at_us);
      }
      Receiver receiver{ConfigOf(call.payload_type, call.format)};
      const auto heard = Listen(receiver, packets);
      CHECK(TilesTheTimeline(heard));
      late += receiver.ReadCounters().packets_late;
      CHECK(ApplyRepairs(heard, 16'000).pcm ==
            DecodePcmPlainly(sent, call.format, 16'000));
    }
    CHECK(late > 0);
  }
}

TEST_CASE("comfort noise packets make comfort noise and are never loss") {
  for (const int repeat_ms : {200, 10'000}) {
    CAPTURE(repeat_ms);
    const auto packets = TalkWithComfortNoise(800, repeat_ms);
    Receiver receiver{ConfigWithComfortNoise()};
    const auto heard = Listen(receiver, packets);

    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kCng) == 800 * kTicksPerMs);
    CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
    CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
    CHECK(receiver.ReadCounters().packets_lost == 0);
    CHECK(receiver.ReadCounters().concealment_events == 0);
    CHECK(receiver.ReadCounters().packets_received ==
          static_cast<int64_t>(packets.size()));
    for (const HeardFrame& frame : heard) {
      if (frame.frame.provenance != Provenance::kCng) continue;
      CHECK(frame.frame.level_db > -70);
      if (frame.frame.media_ticks < 1040 * kTicksPerMs) continue;  // Glides.
      CHECK(frame.frame.level_db == doctest::Approx(-55).epsilon(0.1));
    }
  }
}

TEST_CASE("a lost announcement of comfort noise costs its own time only") {
  const auto sent = TalkWithComfortNoise(800, 200);
  // The first, one in the middle, and the last one.
  for (const size_t place : {50, 51, 53}) {
    CAPTURE(place);
    const auto heard = Listen(ConfigWithComfortNoise(), Without(sent, {place}));
    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
    CHECK(TicksFrom(heard, Provenance::kPlc) <= 200 * kTicksPerMs);
  }
}

TEST_CASE("a change of codec in mid-call leaves no gap and loses nothing") {
  const auto pcmu = EncodePcm(TalkOf(kCalls[0]));
  PcmTalk second = TalkOf(kCalls[1]);
  second.first_sequence_number = 1100;
  second.first_timestamp = 160'000 + 100 * 160;
  second.first_us = 2000 * kMs;
  const auto pcma = EncodePcm(second);
  Talk third;
  third.first_sequence_number = 1200;
  third.first_timestamp = 77'777;  // On a clock of its own.
  auto opus = Encode(third);
  for (SentPacket& packet : opus) packet.at_us += 4000 * kMs;

  std::vector<SentPacket> packets = pcmu;
  packets.insert(packets.end(), pcma.begin(), pcma.end());
  packets.insert(packets.end(), opus.begin(), opus.end());
  ReceiverConfig config = ConfigOf(0, kPcmu);
  config.payloads.Set(8, kPcma);
  config.payloads.Set(111, CodecFormat());
  Receiver receiver{config};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kReceived) == 300 * 20 * kTicksPerMs);
  CHECK(receiver.ReadCounters().packets_lost == 0);
  CHECK(receiver.ReadCounters().restarts == 0);
  auto expected = DecodePcmPlainly(pcmu, kPcmu, 16'000);
  for (const auto& part :
       {DecodePcmPlainly(pcma, kPcma, 16'000), DecodePlainly(opus, 16'000)}) {
    expected.insert(expected.end(), part.begin(), part.end());
  }
  CHECK(JoinPcm(heard) == expected);
}

TEST_CASE("a change of codec with loss around it still tiles the timeline") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    std::vector<SentPacket> packets;
    int64_t sent_ms = 0;
    // Three codecs in turn, ten frames each.
    for (int turn = 0; turn < 12; ++turn) {
      const PcmCall& call = kCalls[turn % 3];
      PcmTalk talk = TalkOf(call);
      talk.frames = 10;
      talk.first_sequence_number = static_cast<uint16_t>(1000 + 10 * turn);
      talk.first_timestamp =
          static_cast<uint32_t>(sent_ms * call.format.clock_rate_hz / 1000);
      talk.first_us = sent_ms * kMs;
      sent_ms += 200;
      for (SentPacket& packet : EncodePcm(talk)) {
        if (random.Below(100) < 15 && !packets.empty()) continue;
        packet.at_us += static_cast<int64_t>(random.Below(60 * kMs));
        packets.push_back(std::move(packet));
      }
    }
    ReceiverConfig config;
    for (const PcmCall& call : kCalls) {
      config.payloads.Set(call.payload_type, call.format);
    }
    Receiver receiver{config};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    CHECK(receiver.ReadCounters().packets_received ==
          static_cast<int64_t>(packets.size()));
    CHECK(receiver.ReadCounters().packets_overflow == 0);
  }
}

TEST_CASE("payload types nobody named are counted and change nothing") {
  const auto packets = EncodePcm(TalkOf(kCalls[0]));
  const auto clean = Listen(ConfigOf(0, kPcmu), packets);
  auto mixed = packets;
  for (const int payload_type : {3, 9, 13, 18, 101, 127}) {
    PcmTalk talk = TalkOf(kCalls[0]);
    talk.payload_type = payload_type;
    talk.frames = 3;
    talk.first_us = 500 * kMs;
    for (SentPacket& packet : EncodePcm(talk)) {
      mixed.push_back(std::move(packet));
    }
  }
  Receiver receiver{ConfigOf(0, kPcmu)};
  CHECK(Listen(receiver, mixed) == clean);
  CHECK(receiver.ReadCounters().packets_other_payload == 6 * 3);
  CHECK(receiver.ReadCounters().packets_received == 100);
}

TEST_CASE("payloads that are no packet of their codec are counted") {
  auto packets = EncodePcm(TalkOf(kCalls[0]));
  const auto clean = Listen(ConfigOf(0, kPcmu), packets);
  const RtpFields fields = {.sequence_number = 1050,
                            .timestamp = 160'000 + 50 * 160};
  // Nothing, half of a 2.5 ms block, and more than 120 ms.
  for (const size_t size : {0, 10, 980}) {
    packets.push_back({900 * kMs, WriteRtp(fields, Bytes(size, 0x55))});
  }
  Receiver receiver{ConfigOf(0, kPcmu)};
  CHECK(Listen(receiver, packets) == clean);
  CHECK(receiver.ReadCounters().packets_malformed == 3);
}

}  // namespace
}  // namespace earshot
