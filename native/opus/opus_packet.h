#ifndef EARSHOT_OPUS_OPUS_PACKET_H_
#define EARSHOT_OPUS_OPUS_PACKET_H_

#include <cstdint>
#include <optional>
#include <span>

namespace earshot {

constexpr int kTicksPerMs = 48;  // RFC 7587 4.1: Opus counts in 48 kHz.
constexpr int kTicksPerSecond = 1000 * kTicksPerMs;
constexpr int kGridTicks = kTicksPerMs * 5 / 2;     // The shortest Opus frame.
constexpr int kMaxPacketTicks = 120 * kTicksPerMs;  // RFC 6716 3.2.5 [R5].

// What the first bytes of an Opus packet tell without decoding it.
struct OpusPacket {
  int duration_ticks = 0;  // 120..5760, all frames.
  int frame_ticks = 0;     // Of one Opus frame.
  bool has_lbrr = false;   // Carries a copy of the `frame_ticks` before it.
  bool is_dtx = false;     // Nothing but the announcement of silence.
};

// Empty where the payload is not an Opus packet (RFC 6716 3.4).
std::optional<OpusPacket> ParseOpusPacket(std::span<const uint8_t> payload);

}  // namespace earshot

#endif  // EARSHOT_OPUS_OPUS_PACKET_H_
