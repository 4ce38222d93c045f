// Nothing is allocated after the constructor, libopus included.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>

#include "allocation_counter.h"
#include "pcm_talk.h"
#include "red_writer.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

void PollAll(Receiver& receiver, int64_t now_us) {
  std::array<int16_t, 4 * 5760> pcm;
  std::array<Frame, 16> frames;
  while (receiver.Poll(now_us, pcm, frames) > 0) {
  }
}

// As Listen, without keeping anything.
Allocations AllocationsOfListening(Receiver& receiver,
                                   std::vector<SentPacket> packets) {
  std::stable_sort(packets.begin(), packets.end(),
                   [](const SentPacket& a, const SentPacket& b) {
                     return a.at_us < b.at_us;
                   });
  return AllocationsOf([&] {
    for (const SentPacket& packet : packets) {
      for (int64_t at = receiver.NextWakeupUs();
           at != kNever && at < packet.at_us; at = receiver.NextWakeupUs()) {
        PollAll(receiver, at);
      }
      receiver.Push(packet.bytes, packet.at_us);
      PollAll(receiver, packet.at_us);
      receiver.ReadCounters();
    }
    receiver.End();
    PollAll(receiver, packets.back().at_us);
  });
}

// Loses, delays, doubles and damages packets.
std::vector<SentPacket> Disturb(const std::vector<SentPacket>& sent,
                                uint64_t seed) {
  Random random(seed);
  std::vector<SentPacket> packets;
  for (const SentPacket& packet : sent) {
    packets.push_back(packet);
    SentPacket& last = packets.back();
    last.at_us += static_cast<int64_t>(random.Below(40'000));
    switch (random.Below(12)) {
      case 0:
        packets.pop_back();
        break;
      case 1:
        last.at_us += static_cast<int64_t>(random.Below(1'500'000));
        break;
      case 2:
        packets.push_back(last);
        break;
      case 3:
        last.bytes.resize(random.Below(last.bytes.size()));
        break;
      default:
        break;
    }
  }
  return packets;
}

TEST_CASE("the counter of allocations counts") {
  const Allocations made = AllocationsOf([] {
    const auto one = std::make_unique<int>(1);
    const std::vector<int> two(100);
    void* volatile three = std::malloc(10);
    std::free(three);
  });
  CHECK(made.count == 3);
  CHECK(made.bytes == 4 + 400 + 10);
}

TEST_CASE("nothing is allocated after the constructor") {
  constexpr uint64_t kSeed = 11;
  MESSAGE("seed ", kSeed);
  for (const int sample_rate_hz : {16000, 48000}) {
    for (const int frame_ms : {10, 20, 60}) {
      CAPTURE(sample_rate_hz);
      CAPTURE(frame_ms);
      Talk talk;
      talk.frames = 4000 / frame_ms;
      talk.frame_ms = frame_ms;
      talk.fec = true;
      talk.dtx = true;
      talk.voiced = [=](int frame) { return frame * frame_ms / 700 % 2 == 0; };
      const auto sent = Encode(talk);
      auto packets = Disturb(sent, kSeed);
      // Then the sender starts anew.
      for (SentPacket packet : Disturb(sent, kSeed + 1)) {
        packet.at_us += 6'000'000;
        if (packet.bytes.size() > 8) packet.bytes[8] ^= 0xff;  // SSRC
        packets.push_back(std::move(packet));
      }

      ReceiverConfig config;
      config.sample_rate_hz = sample_rate_hz;
      Receiver receiver(config);
      CHECK(AllocationsOfListening(receiver, packets).count == 0);
      // What could allocate did happen.
      const Counters& counters = receiver.ReadCounters();
      CHECK(counters.repairs > 0);
      CHECK(counters.concealment_events > 0);
      CHECK(counters.restarts == 1);
      CHECK(counters.packets_duplicate > 0);
      CHECK(counters.packets_malformed > 0);
    }
  }
}

int64_t BytesOf(Readers readers) {
  ReceiverConfig config;
  config.readers = readers;
  std::unique_ptr<Receiver> receiver;
  return AllocationsOf([&] { receiver = std::make_unique<Receiver>(config); })
      .bytes;
}

TEST_CASE("a stream at 16 kHz asks for 212 KB, with two readers for 308") {
  const auto asks_for = [](Readers readers, int64_t most_bytes) {
    const int64_t bytes = BytesOf(readers);
    CAPTURE(static_cast<int>(readers));
    CHECK(bytes > 0);
    CHECK(bytes <= most_bytes);
  };
  asks_for(Readers::kRecognizer, 212'000);
  asks_for(Readers::kPlayout, 195'000);
  asks_for(Readers::kBoth, 308'000);
}

TEST_CASE("every codec and what lies beside the audio allocate once") {
  constexpr CodecFormat kPcmu = {CodecKind::kPcmu, 8'000, 1};
  ReceiverConfig config = ConfigOf(0, kPcmu);
  config.payloads.Set(13, {CodecKind::kComfortNoise, 8'000, 1});
  config.payloads.Set(63, {CodecKind::kRed, 8'000, 1});
  config.payloads.Set(101, {CodecKind::kTelephoneEvent, 8'000, 1});
  Receiver receiver(config);

  // Three packets of RED, one of comfort noise and one of a key, in turn.
  RedWriter writer(2, 0);
  std::vector<SentPacket> sent;
  for (const SentPacket& packet : EncodePcm({.format = kPcmu, .frames = 400})) {
    const auto header = ParseRtpHeader(packet.bytes);
    RtpFields fields = {.payload_type = 63,
                        .sequence_number = header->sequence_number,
                        .timestamp = header->timestamp};
    Bytes payload =
        writer.Write(header->timestamp, std::span(packet.bytes).subspan(12));
    switch (header->sequence_number % 5) {
      case 3:
        fields.payload_type = 13;
        payload = {40, 100};
        break;
      case 4:
        fields.payload_type = 101;
        payload = {7, 0x8a, 0, 160};
        break;
      default:
        break;
    }
    sent.push_back({packet.at_us, WriteRtp(fields, payload)});
  }
  const auto packets = Disturb(sent, 5);
  // The first packet makes the codec's decoders.
  receiver.Push(sent[0].bytes, sent[0].at_us);
  PollAll(receiver, sent[0].at_us);

  std::array<TelephoneEvent, 16> events;
  CHECK(AllocationsOfListening(receiver, packets).count == 0);
  CHECK(AllocationsOf([&] {
          receiver.TakeTelephoneEvents(packets.back().at_us, events);
        }).count == 0);
  const Counters& counters = receiver.ReadCounters();
  CHECK(counters.repairs > 0);
  CHECK(counters.provenance_ticks[static_cast<size_t>(Provenance::kRed)] > 0);
  CHECK(counters.provenance_ticks[static_cast<size_t>(Provenance::kCng)] > 0);
}

}  // namespace
}  // namespace earshot
