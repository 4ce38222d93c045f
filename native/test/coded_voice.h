#ifndef EARSHOT_TEST_CODED_VOICE_H_
#define EARSHOT_TEST_CODED_VOICE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "simulated_call.h"

namespace earshot {

struct Coding {
  int channels = 1;
  int frame_us = 20'000;      // 2500, 5000, 10000, 20000, 40000 or 60000.
  int frames_per_packet = 1;  // At most 120 ms in all.
  int bitrate_bps = 48'000;
};

// Codes a recording at 48 kHz, interleaved, and sends it on time: what Encode()
// of simulated_call.h does not do.
std::vector<SentPacket> CodeVoice(std::span<const int16_t> pcm,
                                  const Coding& coding);

}  // namespace earshot

#endif  // EARSHOT_TEST_CODED_VOICE_H_
