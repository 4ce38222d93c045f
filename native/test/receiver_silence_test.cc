// DTX, pauses and sloppy timestamps: silence the sender meant is not loss.

#include <doctest/doctest.h>

#include <algorithm>

#include "simulated_call.h"

namespace earshot {
namespace {

Talk TalkWithSilence() {
  Talk talk;
  talk.frames = 250;
  talk.dtx = true;
  talk.voiced = [](int frame) { return frame < 50 || frame >= 200; };
  return talk;
}

// Puts a timestamp into a packet.
void SetTimestamp(SentPacket& packet, uint32_t timestamp) {
  for (size_t i = 0; i < 4; ++i) {
    packet.bytes[4 + i] = static_cast<uint8_t>(timestamp >> (24 - 8 * i));
  }
}

// Moves all packets from `place` on later, in time and in timestamp.
void Pause(std::vector<SentPacket>& packets, size_t place, int64_t ms) {
  for (size_t i = place; i < packets.size(); ++i) {
    const auto header = ParseRtpHeader(packets[i].bytes);
    SetTimestamp(packets[i],
                 header->timestamp + static_cast<uint32_t>(48 * ms));
    packets[i].at_us += 1000 * ms;
  }
}

TEST_CASE("announced silence is filled and is not loss") {
  const auto packets = Encode(TalkWithSilence());
  REQUIRE(packets.size() < 150);  // The sender did stop sending.
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(TilesTheTimeline(heard));
  CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
  CHECK(TicksFrom(heard, Provenance::kDtx) > 2000 * kTicksPerMs);
  CHECK(receiver.ReadCounters().packets_lost == 0);
}

TEST_CASE(
    "announced silence comes 60 ms at a time, speech that ends it at once") {
  // Of 20 ms packets, and the speech goes on at any place of the 60 ms.
  for (const int silent_frames : {60, 61, 62}) {
    CAPTURE(silent_frames);
    Talk talk = TalkWithSilence();
    talk.frames = 100 + silent_frames;
    talk.voiced = [=](int frame) {
      return frame < 50 || frame >= 50 + silent_frames;
    };
    const auto heard = Listen(ReceiverConfig(), Encode(talk));
    CHECK(TilesTheTimeline(heard));
    int longest = 0;
    for (const HeardFrame& frame : heard) {
      if (frame.frame.provenance == Provenance::kDtx) {
        longest = std::max(longest, frame.frame.duration_ticks);
        CHECK(frame.frame.duration_ticks <= 60 * kTicksPerMs);
      } else {
        REQUIRE(frame.frame.latency_us == 0);
      }
    }
    CHECK(longest == 60 * kTicksPerMs);
  }
}

TEST_CASE("silence comes in pieces that a short deadline leaves room for") {
  for (const int deadline_ms : {40, 79}) {
    ReceiverConfig config;
    config.deadline_us = deadline_ms * 1000;
    int64_t made_ticks = 0;
    for (const HeardFrame& heard : Listen(config, Encode(TalkWithSilence()))) {
      const Frame& frame = heard.frame;
      if (frame.arrival_us != kNever || frame.version > 0) continue;
      made_ticks += frame.duration_ticks;
      // Packets of 20 ms, and at least 20 ms to wait for one.
      REQUIRE(frame.duration_ticks <= deadline_ms * kTicksPerMs);
      REQUIRE(frame.latency_us >= 0);
      REQUIRE(frame.latency_us <= config.deadline_us);
    }
    CHECK(made_ticks >= 2000 * kTicksPerMs);  // Most of 3 s.
  }
}

TEST_CASE("announced silence is never digital zero") {
  for (const HeardFrame& frame :
       Listen(ReceiverConfig(), Encode(TalkWithSilence()))) {
    if (frame.frame.provenance != Provenance::kDtx) continue;
    REQUIRE(frame.frame.level_db > -127.0f);
  }
}

TEST_CASE("a refresh lost in announced silence costs no more than its frame") {
  const auto sent = Encode(TalkWithSilence());
  const auto is_dtx = [&](size_t place) {
    return sent[place].bytes.size() <= 14;
  };
  int refreshes = 0;
  for (size_t place = 1; place < sent.size(); ++place) {
    if (!is_dtx(place - 1) || is_dtx(place)) continue;
    CAPTURE(place);
    ++refreshes;
    const auto heard = Listen(ReceiverConfig(), Without(sent, {place}));
    CHECK(TilesTheTimeline(heard));
    CHECK(TicksFrom(heard, Provenance::kPlc) <= 20 * kTicksPerMs);
  }
  CHECK(refreshes > 3);
}

TEST_CASE("a pause without a lost packet is silence, whatever its length") {
  for (const int64_t pause_ms : {20, 60, 500, 1900}) {
    CAPTURE(pause_ms);
    auto packets = Encode({});
    Pause(packets, 50, pause_ms);
    Receiver receiver{ReceiverConfig()};
    const auto heard = Listen(receiver, packets);
    CHECK(TilesTheTimeline(heard));
    const int64_t made = TicksFrom(heard, Provenance::kSilence) +
                         TicksFrom(heard, Provenance::kPlc);
    CHECK(made == pause_ms * kTicksPerMs);
    // Until the next packet shows what it is, the tail's deadline rules.
    if (pause_ms < 150) CHECK(TicksFrom(heard, Provenance::kPlc) == 0);
    CHECK(receiver.ReadCounters().packets_lost == 0);
    // What was guessed at the tail is put right by then.
    const auto repaired = ApplyRepairs(heard, 16000);
    CHECK(repaired.TicksFrom(Provenance::kSilence) == pause_ms * kTicksPerMs);
  }
}

TEST_CASE("a muted hour is passed over, and the first word after it is whole") {
  auto packets = Encode({});
  Pause(packets, 50, 3'600'000);
  Receiver receiver{ReceiverConfig()};
  const auto heard = Listen(receiver, packets);

  CHECK(receiver.ReadCounters().discontinuities == 1);
  CHECK(TicksFrom(heard, Provenance::kReceived) == 100 * 20 * kTicksPerMs);
  CHECK(heard.back().frame.media_ticks == (99 * 20 + 3'600'000) * kTicksPerMs);
}

TEST_CASE("sloppy timestamps neither cut nor fill") {
  for (const int step : {953, 964, 960 - 120, 960 + 120}) {
    CAPTURE(step);
    auto packets = Encode({});
    uint32_t timestamp = 5000;
    for (SentPacket& packet : packets) {
      SetTimestamp(packet, timestamp);
      timestamp += static_cast<uint32_t>(step);
    }
    const auto heard = Listen(ReceiverConfig(), packets);
    CHECK(JoinPcm(heard) == DecodePlainly(packets, 16000));
  }
}

TEST_CASE("nothing is made up behind the last packet of an ended stream") {
  const auto packets = Encode({});
  Receiver receiver{ReceiverConfig()};
  auto heard = Listen(receiver, packets);
  CHECK(receiver.NextWakeupUs() == kNever);
  PollInto(receiver, packets.back().at_us + 10'000'000, heard);
  CHECK(heard.size() == packets.size());
}

TEST_CASE("a stream that stops without a word goes quiet after a second") {
  const auto packets = Encode({});
  Receiver receiver{ReceiverConfig()};
  std::vector<HeardFrame> heard;
  for (const SentPacket& packet : packets) {
    receiver.Push(packet.bytes, packet.at_us);
    PollInto(receiver, packet.at_us, heard);
  }
  while (receiver.NextWakeupUs() != kNever) {
    PollInto(receiver, receiver.NextWakeupUs(), heard);
  }
  CHECK(TicksFrom(heard, Provenance::kPlc) == 1000 * kTicksPerMs);
  CHECK(TilesTheTimeline(heard));
}

TEST_CASE("a repair in silence leaves the speech behind it in its place") {
  // Silence goes on for every multiple of 2.5 ms, and is handed out before its
  // end is known, for every part of 60 ms.
  const auto sent = Encode(TalkWithSilence());
  size_t speech = 50;
  while (ParseRtpHeader(sent[speech].bytes)->payload_size > 10) ++speech;
  while (ParseRtpHeader(sent[speech].bytes)->payload_size <= 10) ++speech;
  for (const int64_t deadline_ms : {20, 40, 60, 150}) {
    for (int64_t pause_us = 0; pause_us < 130'000; pause_us += 2'500) {
      CAPTURE(deadline_ms);
      CAPTURE(pause_us);
      auto packets = sent;
      for (size_t i = speech; i < packets.size(); ++i) {
        const auto header = ParseRtpHeader(packets[i].bytes);
        SetTimestamp(packets[i], header->timestamp + static_cast<uint32_t>(
                                                         48 * pause_us / 1000));
        packets[i].at_us += pause_us;
      }
      // A packet of the speech comes too late: what is decoded again for it
      // begins in the silence.
      packets[speech + 4].at_us += (deadline_ms + 60) * 1000;
      ReceiverConfig config;
      config.deadline_us = deadline_ms * 1000;
      std::vector<HeardFrame> first;
      int repaired = 0;
      for (const HeardFrame& frame : Listen(config, packets)) {
        if (frame.frame.version == 0) first.push_back(frame);
        if (frame.frame.version == 0 || !IsReal(frame.frame.provenance)) {
          continue;
        }
        ++repaired;
        // What is repaired of speech stands where it stood.
        CHECK(std::any_of(
            first.begin(), first.end(), [&](const HeardFrame& before) {
              return before.frame.media_ticks == frame.frame.media_ticks &&
                     before.frame.duration_ticks == frame.frame.duration_ticks;
            }));
      }
      CHECK(repaired > 0);
    }
  }
}

}  // namespace
}  // namespace earshot
