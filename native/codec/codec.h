#ifndef EARSHOT_CODEC_CODEC_H_
#define EARSHOT_CODEC_CODEC_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace earshot {

// The payload formats that the engine understands.
enum class CodecKind {
  kOpus,
  kPcmu,            // G.711 µ-law.
  kPcma,            // G.711 A-law.
  kL16,             // Big-endian linear PCM.
  kComfortNoise,    // RFC 3389.
  kTelephoneEvent,  // RFC 4733.
  kRed,             // RFC 2198.
};

// What an rtpmap says of a payload type.
struct CodecFormat {
  CodecKind kind = CodecKind::kOpus;
  int clock_rate_hz = 48'000;  // Of timestamps; of samples too, but for Opus.
  int channels = 1;            // 1 or 2.

  bool operator==(const CodecFormat&) const = default;
};

// Whether packets of this format hold audio themselves.
bool IsAudio(CodecKind kind);

enum class CodecRefusal {
  kNone,
  kMalformed,  // Not "name/rate" or "name/rate/channels".
  kEncoding,   // The engine has no such codec.
  kClockRate,
  kChannels,
};

// A format, or why there is none.
struct CodecParse {
  std::optional<CodecFormat> format;
  CodecRefusal refusal = CodecRefusal::kNone;
  // The part of the input that was refused: the encoding's name, the rate or
  // the number of channels.
  std::string_view refused = {};
};

// Reads what stands behind the payload type in an SDP rtpmap (RFC 8866 6.6),
// as "PCMU/8000" or "opus/48000/2". Case does not matter; at most 64 bytes.
CodecParse ParseCodecFormat(std::string_view rtpmap);

// The rtpmap that a static payload type of audio stands for (RFC 3551 table
// 4), without the encodings nobody sends any more; empty for all others. G722
// and L16 at 44.1 kHz are named, and refused by ParseCodecFormat.
std::string_view StaticRtpmap(int payload_type);

// From ticks of the format's RTP clock to media ticks of 48 kHz and back,
// rounded down: exact for every position at 8, 16, 24 and 48 kHz, and for every
// second one at 32 kHz.
int64_t ClockToMediaTicks(int64_t clock_ticks, const CodecFormat& format);
int64_t MediaToClockTicks(int64_t media_ticks, const CodecFormat& format);

}  // namespace earshot

#endif  // EARSHOT_CODEC_CODEC_H_
