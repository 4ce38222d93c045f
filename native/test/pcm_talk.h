#ifndef EARSHOT_TEST_PCM_TALK_H_
#define EARSHOT_TEST_PCM_TALK_H_

#include <cstdint>
#include <vector>

#include "codec/codec.h"
#include "simulated_call.h"

namespace earshot {

// A stretch of a voice-like sound, coded as PCMU, PCMA or L16; the second
// channel has another pitch.
Bytes CodedVoice(const CodecFormat& format, int64_t first_sample, int samples);

// What a sender of one of these codecs does.
struct PcmTalk {
  CodecFormat format;
  int payload_type = 0;
  int frames = 100;
  int frame_ms = 20;
  uint16_t first_sequence_number = 1000;
  uint32_t first_timestamp = 160'000;
  int64_t first_us = 0;  // When the first frame begins.
};

// The packets of a talk, each sent when its frame has ended.
std::vector<SentPacket> EncodePcm(const PcmTalk& talk);

// Plain sequential decoding of the same packets for a listener of one channel;
// those at the places in `lost` are concealed.
std::vector<int16_t> DecodePcmPlainly(const std::vector<SentPacket>& packets,
                                      const CodecFormat& format,
                                      int sample_rate_hz,
                                      const std::vector<size_t>& lost = {});

// A configuration in which `payload_type` means `format`.
ReceiverConfig ConfigOf(int payload_type, const CodecFormat& format);

}  // namespace earshot

#endif  // EARSHOT_TEST_PCM_TALK_H_
