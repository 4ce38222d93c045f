#include "receiver/capture_drive.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int kSampleRateHz = 16000;
constexpr size_t kLongestFrame = kSampleRateHz * 120 / 1000;

// Loss that makes the receiver ask for polls between arrivals, jitter that
// reorders, and packets that arrive together.
std::vector<SentPacket> ThroughBadNetwork(const std::vector<SentPacket>& sent,
                                          uint64_t seed) {
  Random random(seed);
  std::vector<SentPacket> arrived;
  for (SentPacket packet : sent) {
    if (random.Below(100) < 10) continue;
    packet.at_us += static_cast<int64_t>(random.Below(80 * kMs));
    if (random.Below(4) == 0) packet.at_us -= packet.at_us % (20 * kMs);
    arrived.push_back(packet);
  }
  std::stable_sort(arrived.begin(), arrived.end(),
                   [](const SentPacket& a, const SentPacket& b) {
                     return a.at_us < b.at_us;
                   });
  return arrived;
}

// Call by call, as a live caller does.
std::vector<HeardFrame> PollByHand(const std::vector<SentPacket>& packets) {
  Receiver receiver{ReceiverConfig()};
  std::vector<HeardFrame> heard;
  for (size_t i = 0; i < packets.size();) {
    const int64_t now_us = packets[i].at_us;
    for (; i < packets.size() && packets[i].at_us == now_us; ++i) {
      receiver.Push(packets[i].bytes, now_us);
    }
    PollInto(receiver, now_us, heard);
    if (i == packets.size()) break;
    for (int64_t at = receiver.NextWakeupUs();
         at != kNever && at < packets[i].at_us; at = receiver.NextWakeupUs()) {
      PollInto(receiver, at, heard);
    }
  }
  receiver.End();
  PollInto(receiver, packets.back().at_us, heard);
  return heard;
}

// `batch` packets a call, into memory for so many samples and frames.
std::vector<HeardFrame> Run(const std::vector<SentPacket>& packets,
                            size_t batch, size_t samples, size_t frames) {
  std::vector<CapturedPacket> captured;
  for (const SentPacket& packet : packets) {
    captured.push_back({packet.bytes, packet.at_us});
  }
  Receiver receiver{ReceiverConfig()};
  CaptureDrive drive(kLongestFrame);
  std::vector<int16_t> pcm(samples);
  std::vector<Frame> polled(frames);
  std::vector<HeardFrame> heard;
  for (size_t first = 0; first < captured.size();) {
    const auto rest = std::span(captured).subspan(first);
    const auto progress = drive.Run(
        receiver, rest.first(std::min(batch, rest.size())), pcm, polled);
    first += progress.packets;
    for (const Frame& frame : std::span(polled).first(progress.frames)) {
      const auto from = pcm.begin() + frame.sample_offset;
      heard.push_back(
          {frame.finalised_us, frame, {from, from + frame.sample_count}});
    }
  }
  const int64_t last_us = packets.back().at_us;
  PollInto(receiver, last_us, heard);
  receiver.End();
  PollInto(receiver, last_us, heard);
  return heard;
}

TEST_CASE("a capture run in one call is heard as one polled packet by packet") {
  for (const uint64_t seed : {1, 2, 3}) {
    CAPTURE(seed);
    Talk talk;
    talk.frames = 400;
    talk.fec = true;
    const auto packets = ThroughBadNetwork(Encode(talk), seed);
    const auto reference = PollByHand(packets);
    CHECK(TicksFrom(reference, Provenance::kPlc) > 0);

    CHECK(Run(packets, packets.size(), 4 * kLongestFrame, 32) == reference);
    CHECK(Run(packets, 7, 4 * kLongestFrame, 32) == reference);
    CHECK(Run(packets, packets.size(), kLongestFrame, 1) == reference);
  }
}

TEST_CASE("frames know the poll that handed them out") {
  const auto heard = Run(Encode({}), 64, 4 * kLongestFrame, 32);
  REQUIRE(heard.size() > 90);
  for (const HeardFrame& one : heard) {
    CHECK(one.frame.finalised_us >= one.frame.arrival_us);
    CHECK(one.frame.finalised_us - one.frame.arrival_us < 20 * kMs);
  }
}

}  // namespace
}  // namespace earshot
