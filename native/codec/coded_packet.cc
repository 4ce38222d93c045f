#include "codec/coded_packet.h"

#include "codec/comfort_noise_packet.h"
#include "opus/opus_packet.h"
#include "rtp/telephone_event.h"

namespace earshot {
namespace {

std::optional<CodedPacket> ParsePcm(const CodecFormat& format,
                                    std::span<const uint8_t> payload) {
  const auto sample_bytes = static_cast<size_t>(PcmBytesPerSample(format));
  const auto max_samples = static_cast<size_t>(
      MediaToClockTicks(kMaxPacketTicks, format));  // Exact at every rate.
  if (payload.empty() || payload.size() % sample_bytes != 0 ||
      payload.size() / sample_bytes > max_samples) {
    return std::nullopt;
  }
  const auto samples = static_cast<int64_t>(payload.size() / sample_bytes);
  // An odd length at 32 kHz is rounded down, and off the grid before and after.
  const auto ticks = static_cast<int16_t>(ClockToMediaTicks(samples, format));
  if (ticks % kGridTicks != 0 || MediaToClockTicks(ticks, format) != samples) {
    return std::nullopt;
  }
  return CodedPacket{.duration_ticks = ticks, .frame_ticks = ticks};
}

}  // namespace

int PcmBytesPerSample(const CodecFormat& format) {
  switch (format.kind) {
    case CodecKind::kPcmu:
    case CodecKind::kPcma:
      return format.channels;
    case CodecKind::kL16:
      return 2 * format.channels;
    default:
      return 0;
  }
}

std::optional<CodedPacket> ParseCodedPacket(const CodecFormat& format,
                                            std::span<const uint8_t> payload) {
  switch (format.kind) {
    case CodecKind::kOpus: {
      const auto opus = ParseOpusPacket(payload);
      if (!opus) return std::nullopt;
      return CodedPacket{static_cast<int16_t>(opus->duration_ticks),
                         static_cast<int16_t>(opus->frame_ticks),
                         opus->has_lbrr, opus->is_dtx};
    }
    case CodecKind::kPcmu:
    case CodecKind::kPcma:
    case CodecKind::kL16:
      return ParsePcm(format, payload);
    case CodecKind::kComfortNoise:
      if (!ParseComfortNoisePacket(payload)) return std::nullopt;
      return CodedPacket{.is_dtx = true};
    case CodecKind::kTelephoneEvent:
      if (!ParseTelephoneEvent(payload)) return std::nullopt;
      return CodedPacket{};
    case CodecKind::kRed:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace earshot
