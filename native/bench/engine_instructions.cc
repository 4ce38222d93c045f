// What callgrind counts: the fixture call through one receiver. Prints how much
// audio came out and what a receiver takes of the heap, as JSON.
//
//   engine_instructions <call.wav> calm|jittery|lossy recognizer|playout|both

#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

#include "opus/opus_encoder_host.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr uint64_t kSeed = 7;
constexpr size_t kWavHeaderBytes = 44;  // fixtures/make-speech.mjs writes it.
constexpr int kRateHz = 16000;
constexpr size_t kFrameSamples = kRateHz / 50;
constexpr int64_t kFrameUs = 20'000;

std::vector<int16_t> ReadPcm(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<int16_t> pcm;
  for (size_t at = kWavHeaderBytes; at + 1 < bytes.size(); at += 2) {
    const auto low = static_cast<uint8_t>(bytes[at]);
    const auto high = static_cast<uint8_t>(bytes[at + 1]);
    pcm.push_back(static_cast<int16_t>(high << 8 | low));
  }
  return pcm;
}

// Opus 24 kb/s with in-band FEC, a packet every 20 ms.
std::vector<SentPacket> EncodeCall(std::span<const int16_t> pcm) {
  OpusEncoderSettings settings;
  settings.sample_rate_hz = kRateHz;
  settings.bitrate_bps = 24'000;
  settings.in_band_fec = true;
  settings.expected_loss_percent = 10;
  OpusEncoderHost encoder(settings);
  std::array<uint8_t, 1500> payload;
  std::vector<SentPacket> packets;
  for (; pcm.size() >= kFrameSamples; pcm = pcm.subspan(kFrameSamples)) {
    const int bytes = encoder.Encode(pcm.first(kFrameSamples), payload);
    const auto number = static_cast<uint32_t>(packets.size());
    const uint32_t timestamp = 960 * number;
    SentPacket packet;
    packet.at_us = kFrameUs * (number + 1);
    packet.bytes = {0x80, 111};
    for (const int shift : {8, 0}) {
      packet.bytes.push_back(static_cast<uint8_t>(number >> shift));
    }
    for (const int shift : {24, 16, 8, 0}) {
      packet.bytes.push_back(static_cast<uint8_t>(timestamp >> shift));
    }
    packet.bytes.insert(packet.bytes.end(), {0, 0, 0, 1});  // SSRC
    packet.bytes.insert(packet.bytes.end(), payload.begin(),
                        payload.begin() + bytes);
    packets.push_back(std::move(packet));
  }
  return packets;
}

// calm: no delay. jittery: 0 to 50 ms, packets overtake each other. lossy: the
// same, with 5 % lost and 2 % late by up to half a second.
std::vector<SentPacket> Travel(const std::vector<SentPacket>& sent,
                               std::string_view network) {
  Random random(kSeed);
  std::vector<SentPacket> arrived;
  for (const SentPacket& packet : sent) {
    arrived.push_back(packet);
    if (network == "calm") continue;
    arrived.back().at_us += static_cast<int64_t>(random.Below(50'000));
    if (network == "jittery") continue;
    const uint64_t fate = random.Below(100);
    if (fate < 5) {
      arrived.pop_back();
    } else if (fate < 7) {
      arrived.back().at_us += static_cast<int64_t>(random.Below(500'000));
    }
  }
  std::stable_sort(
      arrived.begin(), arrived.end(),
      [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  return arrived;
}

// Of the calling thread's heap, as glibc counts it.
size_t HeapBytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

int64_t first_ticks = 0;

void PollAll(Receiver& receiver, int64_t now_us) {
  static std::array<int16_t, 4 * 5760> pcm;
  static std::array<Frame, 32> frames;
  while (const int count = receiver.Poll(now_us, pcm, frames)) {
    for (const Frame& frame :
         std::span(frames).first(static_cast<size_t>(count))) {
      if (frame.version == 0) first_ticks += frame.duration_ticks;
    }
  }
}

void PollUntil(Receiver& receiver, int64_t end_us) {
  for (int64_t at = receiver.NextWakeupUs(); at != kNever && at < end_us;
       at = receiver.NextWakeupUs()) {
    PollAll(receiver, at);
  }
}

void RunRecognizer(Receiver& receiver, std::span<const SentPacket> packets) {
  for (const SentPacket& packet : packets) {
    PollUntil(receiver, packet.at_us);
    receiver.Push(packet.bytes, packet.at_us);
    PollAll(receiver, packet.at_us);
  }
  receiver.End();
  PollAll(receiver, packets.back().at_us);
}

void RunPlayout(Receiver& receiver, std::span<const SentPacket> packets) {
  static std::array<int16_t, kRateHz / 100> pcm;
  int64_t now_us = packets.front().at_us;
  for (const SentPacket& packet : packets) {
    for (; now_us < packet.at_us; now_us += PullClock::kTickUs) {
      const PlayoutBlock block = receiver.Pull(now_us, pcm);
      if (block.is_playing) first_ticks += 10 * kTicksPerMs;
    }
    receiver.Push(packet.bytes, packet.at_us);
  }
}

// Its audio is counted once, as the recognizer gets it.
void RunBoth(Receiver& receiver, std::span<const SentPacket> packets) {
  static std::array<int16_t, kRateHz / 100> pcm;
  int64_t pull_us = packets.front().at_us;
  for (const SentPacket& packet : packets) {
    for (; pull_us < packet.at_us; pull_us += PullClock::kTickUs) {
      PollUntil(receiver, pull_us);
      receiver.Pull(pull_us, pcm);
    }
    PollUntil(receiver, packet.at_us);
    receiver.Push(packet.bytes, packet.at_us);
    PollAll(receiver, packet.at_us);
  }
  receiver.End();
  PollAll(receiver, packets.back().at_us);
}

int Run(const char* wav, std::string_view network, Readers readers) {
  const auto packets = Travel(EncodeCall(ReadPcm(wav)), network);
  if (packets.empty()) {
    std::fprintf(stderr, "no audio in %s\n", wav);
    return 1;
  }
  ReceiverConfig config;
  config.readers = readers;
  const size_t before_bytes = HeapBytes();
  const auto receiver = std::make_unique<Receiver>(config);
  const size_t heap_bytes = HeapBytes() - before_bytes;
  switch (readers) {
    case Readers::kRecognizer:
      RunRecognizer(*receiver, packets);
      break;
    case Readers::kPlayout:
      RunPlayout(*receiver, packets);
      break;
    case Readers::kBoth:
      RunBoth(*receiver, packets);
      break;
  }
  std::printf("{\"packets\": %zu, \"audioMs\": %lld, \"heapBytes\": %zu}\n",
              packets.size(), static_cast<long long>(first_ticks / kTicksPerMs),
              heap_bytes);
  return 0;
}

std::optional<Readers> ReadersNamed(std::string_view name) {
  if (name == "recognizer") return Readers::kRecognizer;
  if (name == "playout") return Readers::kPlayout;
  if (name == "both") return Readers::kBoth;
  return std::nullopt;
}

}  // namespace
}  // namespace earshot

int main(int argc, char** argv) {
  const std::string_view network = argc == 4 ? argv[2] : "";
  const auto readers = earshot::ReadersNamed(argc == 4 ? argv[3] : "");
  if ((network != "calm" && network != "jittery" && network != "lossy") ||
      !readers) {
    std::fprintf(stderr,
                 "usage: engine_instructions <call.wav> calm|jittery|lossy "
                 "recognizer|playout|both\n");
    return 2;
  }
  return earshot::Run(argv[1], network, *readers);
}
