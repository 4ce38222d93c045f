#include "codec/codec.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr size_t kMaxRtpmapBytes = 64;
// 44.1 kHz and its divisors are left out: their packets are no multiples of
// 2.5 ms.
constexpr std::array kClockRatesHz = {8'000, 16'000, 24'000, 32'000, 48'000};

struct NamedCodec {
  std::string_view name;
  CodecKind kind;
};

constexpr NamedCodec kCodecs[] = {
    {"opus", CodecKind::kOpus},                       // RFC 7587.
    {"pcmu", CodecKind::kPcmu},                       // RFC 3551 4.5.14.
    {"pcma", CodecKind::kPcma},                       // RFC 3551 4.5.14.
    {"l16", CodecKind::kL16},                         // RFC 3551 4.5.11.
    {"cn", CodecKind::kComfortNoise},                 // RFC 3389.
    {"telephone-event", CodecKind::kTelephoneEvent},  // RFC 4733.
    {"red", CodecKind::kRed},                         // RFC 2198.
};

// SDP is ASCII; the C library's functions depend on the locale.
char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool SameName(std::string_view name, std::string_view lower) {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return Lower(a) == b; });
}

// A positive number without sign, of digits only.
std::optional<int> ParseNumber(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value <= 0) {
    return std::nullopt;
  }
  return value;
}

// Cuts `text` behind the next '/', and returns what stood before it.
std::string_view TakeField(std::string_view& text) {
  const size_t slash = text.find('/');
  const std::string_view field = text.substr(0, slash);
  text = slash == std::string_view::npos ? std::string_view()
                                         : text.substr(slash + 1);
  return field;
}

CodecParse Refuse(CodecRefusal refusal, std::string_view refused) {
  return {std::nullopt, refusal, refused};
}

bool HasClockRate(CodecKind kind, int clock_rate_hz) {
  // RFC 7587 4.1: 48 kHz whatever the encoder's rate.
  if (kind == CodecKind::kOpus) return clock_rate_hz == kTicksPerSecond;
  return std::find(kClockRatesHz.begin(), kClockRatesHz.end(), clock_rate_hz) !=
         kClockRatesHz.end();
}

int64_t FloorDivide(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

}  // namespace

bool IsAudio(CodecKind kind) {
  return kind == CodecKind::kOpus || kind == CodecKind::kPcmu ||
         kind == CodecKind::kPcma || kind == CodecKind::kL16;
}

CodecParse ParseCodecFormat(std::string_view rtpmap) {
  if (rtpmap.size() > kMaxRtpmapBytes ||
      std::count(rtpmap.begin(), rtpmap.end(), '/') > 2 ||
      rtpmap.ends_with('/')) {
    return Refuse(CodecRefusal::kMalformed, {});
  }
  std::string_view rest = rtpmap;
  const std::string_view name = TakeField(rest);
  const std::string_view rate_text = TakeField(rest);
  const std::string_view channels_text = rest;
  const std::optional<int> rate = ParseNumber(rate_text);
  const std::optional<int> channels =
      channels_text.empty() ? 1 : ParseNumber(channels_text);
  if (name.empty() || !rate || !channels) {
    return Refuse(CodecRefusal::kMalformed, {});
  }

  const auto codec = std::find_if(
      std::begin(kCodecs), std::end(kCodecs),
      [name](const NamedCodec& known) { return SameName(name, known.name); });
  if (codec == std::end(kCodecs)) return Refuse(CodecRefusal::kEncoding, name);
  if (!HasClockRate(codec->kind, *rate)) {
    return Refuse(CodecRefusal::kClockRate, rate_text);
  }
  const bool one_channel =
      !IsAudio(codec->kind) && codec->kind != CodecKind::kRed;
  if (*channels > (one_channel ? 1 : 2)) {
    return Refuse(CodecRefusal::kChannels, channels_text);
  }
  return {CodecFormat{codec->kind, *rate, *channels}};
}

std::string_view StaticRtpmap(int payload_type) {
  switch (payload_type) {
    case 0:
      return "PCMU/8000";
    case 8:
      return "PCMA/8000";
    case 9:
      return "G722/8000";
    case 10:
      return "L16/44100/2";
    case 11:
      return "L16/44100";
    case 13:
      return "CN/8000";
    default:
      return {};
  }
}

int64_t ClockToMediaTicks(int64_t clock_ticks, const CodecFormat& format) {
  return FloorDivide(clock_ticks * kTicksPerSecond, format.clock_rate_hz);
}

int64_t MediaToClockTicks(int64_t media_ticks, const CodecFormat& format) {
  return FloorDivide(media_ticks * format.clock_rate_hz, kTicksPerSecond);
}

}  // namespace earshot
