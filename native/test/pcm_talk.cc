#include "pcm_talk.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "codec/coded_packet.h"
#include "codec/g711.h"
#include "codec/pcm_decoder.h"
#include "rtp_writer.h"

namespace earshot {

Bytes CodedVoice(const CodecFormat& format, int64_t first_sample, int samples) {
  Bytes bytes;
  for (int i = 0; i < samples; ++i) {
    for (int channel = 0; channel < format.channels; ++channel) {
      const double t =
          static_cast<double>(first_sample + i) / format.clock_rate_hz;
      // A pitch that moves: a steady one would be concealed exactly.
      const double phase = 2 * std::numbers::pi * (125 + 30 * channel) * t +
                           3 * std::sin(2 * std::numbers::pi * 1.3 * t);
      double sum = 0;
      for (int h = 1; h <= 20; ++h) sum += std::sin(h * phase) / h;
      const int wanted = static_cast<int>(std::lround(6000 * sum));
      if (format.kind == CodecKind::kL16) {
        AppendNumber(bytes, static_cast<uint64_t>(wanted), 2);
        continue;
      }
      const G711Table& table = format.kind == CodecKind::kPcmu ? kMuLaw : kALaw;
      const auto nearest =
          std::min_element(table.begin(), table.end(), [&](int a, int b) {
            return std::abs(a - wanted) < std::abs(b - wanted);
          });
      bytes.push_back(static_cast<uint8_t>(nearest - table.begin()));
    }
  }
  return bytes;
}

std::vector<SentPacket> EncodePcm(const PcmTalk& talk) {
  const int samples = talk.format.clock_rate_hz * talk.frame_ms / 1000;
  std::vector<SentPacket> packets;
  for (int i = 0; i < talk.frames; ++i) {
    const RtpFields fields = {
        .payload_type = talk.payload_type,
        .sequence_number =
            static_cast<uint16_t>(talk.first_sequence_number + i),
        .timestamp = talk.first_timestamp +
                     static_cast<uint32_t>(i) * static_cast<uint32_t>(samples)};
    packets.push_back(
        {talk.first_us + int64_t{1000} * talk.frame_ms * (i + 1),
         WriteRtp(fields,
                  CodedVoice(talk.format, int64_t{i} * samples, samples))});
  }
  return packets;
}

std::vector<int16_t> DecodePcmPlainly(const std::vector<SentPacket>& packets,
                                      const CodecFormat& format,
                                      int sample_rate_hz,
                                      const std::vector<size_t>& lost) {
  PcmDecoder decoder(format, sample_rate_hz, /*channels=*/1);
  std::vector<int16_t> all;
  for (size_t i = 0; i < packets.size(); ++i) {
    const auto header = ParseRtpHeader(packets[i].bytes);
    const auto payload =
        std::span(packets[i].bytes).subspan(header->payload_offset);
    const auto coded = ParseCodedPacket(format, payload);
    std::vector<int16_t> room(static_cast<size_t>(
        int64_t{coded->duration_ticks} * sample_rate_hz / kTicksPerSecond));
    if (std::find(lost.begin(), lost.end(), i) != lost.end()) {
      decoder.Conceal(room, Concealment::kClassic);
    } else {
      decoder.Decode(payload, room);
    }
    all.insert(all.end(), room.begin(), room.end());
  }
  return all;
}

ReceiverConfig ConfigOf(int payload_type, const CodecFormat& format) {
  ReceiverConfig config;
  config.payloads.Set(payload_type, format);
  return config;
}

}  // namespace earshot
