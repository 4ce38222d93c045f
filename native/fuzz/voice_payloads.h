#ifndef EARSHOT_FUZZ_VOICE_PAYLOADS_H_
#define EARSHOT_FUZZ_VOICE_PAYLOADS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace earshot {

// An Opus payload of a real encoder, and how long it lasts.
struct VoicePayload {
  std::vector<uint8_t> bytes;
  int duration_ticks = 0;
};

// Sixteen payloads of the kinds a sender mixes: voice with and without LBRR in
// every frame size, announced silence, music. Encoded once.
std::span<const VoicePayload> VoicePayloads();

}  // namespace earshot

#endif  // EARSHOT_FUZZ_VOICE_PAYLOADS_H_
