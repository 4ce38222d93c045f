#ifndef EARSHOT_TEST_SIMULATED_CALL_H_
#define EARSHOT_TEST_SIMULATED_CALL_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "opus/opus_encoder_host.h"
#include "receiver/receiver.h"

namespace earshot {

using Bytes = std::vector<uint8_t>;

// A packet on its way, or as it arrived.
struct SentPacket {
  int64_t at_us = 0;
  Bytes bytes;
};

// What a sender does; the voice is synthetic, the codec is real.
struct Talk {
  int frames = 100;
  int frame_ms = 20;
  int bitrate_bps = 24000;
  bool fec = false;
  bool dtx = false;
  uint16_t first_sequence_number = 1000;
  uint32_t first_timestamp = 160'000;
  uint32_t ssrc = 0x1234;
  int payload_type = 111;
  // Whether the voice sounds in frame i; default: always.
  std::function<bool(int)> voiced = {};
  // At 16 kHz, said in place of the voice; at least as long as the frames.
  std::vector<int16_t> recording = {};
};

// The packets of a talk, sent on time; DTX frames of at most 2 bytes are sent
// only when they announce the silence and every 400 ms, as WebRTC senders do.
std::vector<SentPacket> Encode(const Talk& talk);

// A frame as it was handed out, with its samples.
struct HeardFrame {
  int64_t at_us = 0;
  Frame frame;
  std::vector<int16_t> pcm;

  bool operator==(const HeardFrame& other) const;
};

// Plays packets (any order of arrival) to a receiver, polling at every arrival
// and at every wake-up, then ends the stream.
std::vector<HeardFrame> Listen(Receiver& receiver,
                               std::vector<SentPacket> packets);
std::vector<HeardFrame> Listen(const ReceiverConfig& config,
                               const std::vector<SentPacket>& packets);

// Takes what is due at `now_us`.
void PollInto(Receiver& receiver, int64_t now_us,
              std::vector<HeardFrame>& heard);

// Plain sequential decoding of the same packets.
std::vector<int16_t> DecodePlainly(
    const std::vector<SentPacket>& packets, int sample_rate_hz,
    const OpusLibrary& library = OpusLibrary::BuiltIn());

std::vector<int16_t> JoinPcm(const std::vector<HeardFrame>& heard);
// Of what was handed out first, repairs left out.
int64_t TicksFrom(const std::vector<HeardFrame>& heard, Provenance provenance);
// Whether every frame starts where the one before it ended, repairs left out.
bool TilesTheTimeline(const std::vector<HeardFrame>& heard);

// What is known in the end: repairs put in their places.
struct Repaired {
  std::vector<int16_t> pcm;
  std::vector<Provenance> provenance;  // Of every 2.5 ms.

  int64_t TicksFrom(Provenance wanted) const;
};
Repaired ApplyRepairs(const std::vector<HeardFrame>& heard, int sample_rate_hz);

// Where a run of `length` packets can be lost so that the packet behind it
// holds a copy of the last of them.
size_t PlaceBeforeCopy(const std::vector<SentPacket>& packets, size_t length);

// A copy without the packets at the given places.
std::vector<SentPacket> Without(std::vector<SentPacket> packets,
                                const std::vector<size_t>& lost);

// xorshift64* (Vigna 2016): the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  uint64_t Next();
  // 0..bound-1.
  uint64_t Below(uint64_t bound) { return Next() % bound; }

 private:
  uint64_t state_;
};

}  // namespace earshot

#endif  // EARSHOT_TEST_SIMULATED_CALL_H_
