// What senders do that is allowed and rare.

#include <doctest/doctest.h>
#include <opus.h>

#include <cmath>
#include <memory>
#include <numbers>

#include "pcm_talk.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;

// An encoder of either number of channels, and of every length of packets.
class AnyEncoder {
 public:
  explicit AnyEncoder(int channels)
      : channels_(channels),
        encoder_(opus_encoder_create(kTicksPerSecond, channels,
                                     OPUS_APPLICATION_AUDIO, nullptr),
                 opus_encoder_destroy) {}

  Bytes Encode(int64_t first_tick, int ticks) {
    std::vector<int16_t> pcm;
    for (int i = 0; i < ticks; ++i) {
      for (int channel = 0; channel < channels_; ++channel) {
        const double t = static_cast<double>(first_tick + i) / kTicksPerSecond;
        pcm.push_back(static_cast<int16_t>(
            8000 * std::sin(2 * std::numbers::pi * (300 + 200 * channel) * t)));
      }
    }
    Bytes payload(1500);
    const int size =
        opus_encode(encoder_.get(), pcm.data(), ticks, payload.data(), 1500);
    REQUIRE(size > 2);
    payload.resize(static_cast<size_t>(size));
    return payload;
  }

 private:
  const int channels_;
  std::unique_ptr<OpusEncoder, void (*)(OpusEncoder*)> encoder_;
};

SentPacket Packet(int number, int64_t first_tick, int ticks,
                  const Bytes& payload) {
  return {(first_tick + ticks) * kMs / kTicksPerMs,
          WriteRtp({.payload_type = 111,
                    .sequence_number = static_cast<uint16_t>(500 + number),
                    .timestamp = static_cast<uint32_t>(first_tick)},
                   payload)};
}

TEST_CASE(
    "packets of 2.5 to 120 ms are played, and concealed by their length") {
  for (const int ticks : {120, 240, 480, 960, 1920, 2880, 3840, 4800, 5760}) {
    CAPTURE(ticks);
    AnyEncoder encoder(1);
    std::vector<SentPacket> packets;
    for (int i = 0; i < 60; ++i) {
      const int64_t first_tick = int64_t{i} * ticks;
      packets.push_back(
          Packet(i, first_tick, ticks, encoder.Encode(first_tick, ticks)));
    }
    const auto heard = Listen(ReceiverConfig(), packets);
    CHECK(JoinPcm(heard) == DecodePlainly(packets, 16'000));

    const auto lossy = Listen(ReceiverConfig(), Without(packets, {20, 40, 41}));
    CHECK(TilesTheTimeline(lossy));
    CHECK(TicksFrom(lossy, Provenance::kReceived) == 57 * ticks);
    CHECK(TicksFrom(lossy, Provenance::kPlc) == 3 * ticks);
  }
}

TEST_CASE("a sender may go to stereo and back at any packet") {
  AnyEncoder mono(1);
  AnyEncoder stereo(2);
  std::vector<SentPacket> packets;
  for (int i = 0; i < 100; ++i) {
    const int64_t first_tick = int64_t{i} * 960;
    AnyEncoder& encoder = i / 7 % 2 == 0 ? mono : stereo;
    packets.push_back(
        Packet(i, first_tick, 960, encoder.Encode(first_tick, 960)));
  }
  const auto heard = Listen(ReceiverConfig(), packets);
  CHECK(JoinPcm(heard) == DecodePlainly(packets, 16'000));
  const auto lossy = Listen(ReceiverConfig(), Without(packets, {6, 20, 35}));
  CHECK(TilesTheTimeline(lossy));
  CHECK(TicksFrom(lossy, Provenance::kPlc) == 3 * 960);
}

TEST_CASE("a clock that is off by 500 parts per million costs nothing") {
  constexpr CodecFormat kPcma = {CodecKind::kPcma, 8'000, 1};
  auto packets = EncodePcm(
      {.format = kPcma, .payload_type = 8, .frames = 5'000, .frame_ms = 60});
  const auto plain = DecodePcmPlainly(packets, kPcma, 16'000);
  for (const int64_t ppm : {-500, 500}) {
    CAPTURE(ppm);
    auto drifting = packets;
    for (SentPacket& packet : drifting) {
      packet.at_us += packet.at_us * ppm / 1'000'000;
    }
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, drifting);
    CHECK(JoinPcm(heard) == plain);
    for (const HeardFrame& frame : heard) {
      REQUIRE(frame.frame.latency_us <= 5 * kMs);
    }
    // 5 minutes of it are 150 ms, without any jitter above the line.
    CHECK(std::abs(receiver.ReadCounters().drift_ppm - ppm) <= 20);
    CHECK(receiver.ReadCounters().packets_late == 0);
  }
}

TEST_CASE("a pause of half a day and more keeps the time") {
  // Timestamps turn over in 24.8 h: half a turn is 12.4 h.
  for (const int64_t hours : {12, 13, 24, 25, 50}) {
    CAPTURE(hours);
    auto packets = Encode({});
    const int64_t pause_ms = hours * 3'600'000;
    for (size_t i = 50; i < packets.size(); ++i) {
      const auto header = ParseRtpHeader(packets[i].bytes);
      packets[i].bytes = WriteRtp(
          {.payload_type = 111,
           .sequence_number = header->sequence_number,
           .timestamp =
               header->timestamp + static_cast<uint32_t>(48 * pause_ms)},
          Bytes(packets[i].bytes.begin() + 12, packets[i].bytes.end()));
      packets[i].at_us += pause_ms * kMs;
    }
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(heard.back().frame.media_ticks == (99 * 20 + pause_ms) * kTicksPerMs);
    CHECK(receiver.ReadCounters().discontinuities == 1);
    CHECK(receiver.ReadCounters().timestamp_jumps == 0);
    CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
  }
}

TEST_CASE("a new SSRC takes its place by the time of its arrival") {
  for (const int64_t pause_ms : {0, 200, 1000}) {
    CAPTURE(pause_ms);
    Talk second;
    second.ssrc = 0x9999;
    second.first_timestamp = 3'000'000'000;
    second.first_sequence_number = 40'000;
    auto packets = Encode({});
    for (SentPacket packet : Encode(second)) {
      packet.at_us += (2000 + pause_ms) * kMs;
      packets.push_back(std::move(packet));
    }
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kReceived) == 200 * 20 * kTicksPerMs);
    CHECK(heard.back().frame.media_ticks ==
          (199 * 20 + pause_ms) * kTicksPerMs);
  }
}

TEST_CASE("of packets of one number with other bytes the first is played") {
  const auto sent = Encode({});
  const auto clean = Listen(ReceiverConfig(), sent);
  auto packets = sent;
  for (size_t i = 10; i < 90; i += 10) {
    SentPacket other = sent[i];
    const Bytes& payload = sent[i + 1].bytes;
    other.bytes.resize(12);
    other.bytes.insert(other.bytes.end(), payload.begin() + 12, payload.end());
    for (const int64_t later_ms : {0, 5, 300}) {
      packets.push_back({other.at_us + later_ms * kMs, other.bytes});
    }
  }
  Receiver receiver{ReceiverConfig()};
  CHECK(Listen(receiver, packets) == clean);
  CHECK(receiver.ReadCounters().packets_duplicate == 3 * 8);
  CHECK(receiver.ReadCounters().packets_conflicting == 3 * 8);
}

}  // namespace
}  // namespace earshot
