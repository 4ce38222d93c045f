// Writes what the fuzzers start from into <folder>/<target>/: packets and calls
// of a real encoder.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>

#include "event_format.h"
#include "simulated_call.h"
#include "voice_payloads.h"

namespace earshot {
namespace {

void Write(const std::filesystem::path& folder, const std::string& name,
           const Bytes& bytes) {
  std::filesystem::create_directories(folder);
  std::ofstream file(folder / name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

void Append(Bytes& bytes, std::initializer_list<int> more) {
  for (const int byte : more) bytes.push_back(static_cast<uint8_t>(byte));
}

void Append(Bytes& bytes, Event event, std::initializer_list<int> more = {}) {
  bytes.push_back(static_cast<uint8_t>(event));
  Append(bytes, more);
}

void WriteRtpSeeds(const std::filesystem::path& folder) {
  const Bytes plain = Encode({.frames = 1})[0].bytes;
  Write(folder, "plain", plain);

  // With a CSRC, both forms of extensions (RFC 8285 4.2, 4.3) and padding.
  const auto with_extension = [&](std::initializer_list<int> extension) {
    Bytes packet = {0xb1};
    packet.insert(packet.end(), plain.begin() + 1, plain.begin() + 12);
    Append(packet, {0, 0, 0, 7});
    Append(packet, extension);
    packet.insert(packet.end(), plain.begin() + 12, plain.end());
    Append(packet, {0, 0, 3});
    return packet;
  };
  Write(folder, "one-byte-extension",
        with_extension({0xbe, 0xde, 0, 2, 0x10, 0x85, 0x22, 1, 2, 3, 0, 0}));
  Write(folder, "two-byte-extension",
        with_extension({0x10, 0, 0, 2, 1, 1, 0x85, 2, 3, 1, 2, 3}));
}

void WriteRedSeeds(const std::filesystem::path& folder) {
  // RFC 2198 3: F, 7 bits of type, 14 of time, 10 of length; then the primary's
  // type. Payload type 63 is RED, 111 Opus.
  const auto voice = VoicePayloads();
  const auto with_copies = [&](int copies) {
    Bytes bytes = {63};
    for (int back = copies; back > 0; --back) {
      const auto size =
          static_cast<int>(voice[static_cast<size_t>(back)].bytes.size());
      const int offset_ticks = 960 * back;
      Append(bytes, {0x80 | 111, offset_ticks >> 6,
                     (offset_ticks & 0x3f) << 2 | size >> 8, size & 0xff});
    }
    Append(bytes, {111});
    for (int back = copies; back >= 0; --back) {
      const auto& block = voice[static_cast<size_t>(back)].bytes;
      bytes.insert(bytes.end(), block.begin(), block.end());
    }
    return bytes;
  };
  for (const int copies : {0, 1, 2}) {
    Write(folder, "copies-" + std::to_string(copies), with_copies(copies));
  }
}

void WriteOpusSeeds(const std::filesystem::path& folder) {
  Bytes all = {7};  // 16 kHz, stereo.
  int number = 0;
  for (const VoicePayload& voice : VoicePayloads()) {
    Bytes one = {2};
    for (Bytes* bytes : {&one, &all}) {
      const auto size = static_cast<int>(voice.bytes.size());
      Append(*bytes, {size >> 8, size & 0xff});
      bytes->insert(bytes->end(), voice.bytes.begin(), voice.bytes.end());
    }
    Write(folder, "payload-" + std::to_string(number++), one);
  }
  Write(folder, "all", all);
}

// 20 ms on the host's clock.
void WaitAFrame(Bytes& bytes) {
  Append(bytes, Event::kWait, {200});
  Append(bytes, Event::kWakeUp);
}

void WriteEventSeeds(const std::filesystem::path& folder) {
  // 16 kHz, D = 150 ms, fills of at most 2 s.
  constexpr int kUsual = 2 + 8 * 2 + 32 * 2;
  constexpr int kWithPlayout = 128;
  const auto call = [&](const std::string& name, auto disturb) {
    Bytes alone = {kUsual};
    Bytes both = {kUsual + kWithPlayout};
    for (Bytes* bytes : {&alone, &both}) {
      for (int i = 0; i < 60; ++i) {
        if (!disturb(*bytes, i)) Append(*bytes, Event::kSendVoice, {i % 8});
        WaitAFrame(*bytes);
        if (bytes == &both) Append(*bytes, Event::kPull, {1});
      }
    }
    Write(folder, name, alone);
    Write(folder, name + "-with-playout", both);
  };

  call("clean", [](Bytes&, int) { return false; });
  call("lost", [](Bytes& bytes, int i) {
    if (i % 10 == 5) Append(bytes, Event::kLoseVoice, {1, 1});
    return i % 10 == 5;
  });
  call("late", [](Bytes& bytes, int i) {
    if (i >= 20 && i % 20 == 0) Append(bytes, Event::kRelease, {i / 20 - 1});
    if (i % 20 == 5) Append(bytes, Event::kHoldVoice, {i % 8});
    return i % 20 == 5;
  });
  call("silence", [](Bytes& bytes, int i) {
    if (i < 20 || i >= 40) return false;
    if (i % 8 == 0) Append(bytes, Event::kSendVoice, {13});
    if (i % 8 != 0) Append(bytes, Event::kLoseVoice, {0, 1});
    return true;
  });
  call("restart", [](Bytes& bytes, int i) {
    if (i == 30) {
      Append(bytes, Event::kChangeSource, {9});
      Append(bytes, Event::kMoveSequence, {0x70, 0});
      Append(bytes, Event::kMoveTimestamp, {0x70, 0, 0, 0});
    }
    return false;
  });
  call("frame-sizes", [](Bytes& bytes, int i) {
    Append(bytes, Event::kSendVoice, {i % 16});
    Append(bytes, Event::kNudgeTimestamp, {i % 3 == 0 ? 11 : 245});
    Append(bytes, Event::kPollSmall, {i});
    return true;
  });
  call("pause", [](Bytes& bytes, int i) {
    if (i == 30) {
      Append(bytes, Event::kWaitLong, {0, 0, 0x0b, 0xb8});  // 3000 ms
      Append(bytes, Event::kMoveTimestamp, {0, 2, 0x32, 0x80});
    }
    return false;
  });
  call("hostile", [](Bytes& bytes, int i) {
    Append(bytes, Event::kSendBytes, {3, 0xff, i, 0});
    if (i == 10) Append(bytes, Event::kGoBack, {50});
    if (i == 20) Append(bytes, Event::kArriveEarlier, {100});
    if (i == 30) Append(bytes, Event::kChangePayloadType, {96});
    if (i == 40) Append(bytes, Event::kChangePayloadType, {111});
    if (i == 50) Append(bytes, Event::kEndStream);
    return i % 2 == 0;
  });
}

}  // namespace
}  // namespace earshot

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds <folder>\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  earshot::WriteRtpSeeds(folder / "rtp_fuzzer");
  earshot::WriteRedSeeds(folder / "red_fuzzer");
  earshot::WriteOpusSeeds(folder / "opus_payload_fuzzer");
  earshot::WriteEventSeeds(folder / "event_stream_fuzzer");
  return 0;
}
