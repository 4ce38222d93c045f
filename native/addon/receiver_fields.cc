#include "addon/receiver_fields.h"

#include <array>
#include <string>

#include "addon/arguments.h"
#include "addon/opus_wrap.h"

namespace earshot {
namespace {

constexpr int64_t kMaxSpanUs = 60'000'000;

// [payloadType, rtpmap, payloadType, rtpmap, ...]
std::optional<PayloadMap> ReadPayloads(Napi::Value value) {
  PayloadMap payloads;
  if (!value.IsArray()) {
    ThrowType(value.Env(), "codecs must be an array");
    return std::nullopt;
  }
  const auto pairs = value.As<Napi::Array>();
  for (uint32_t i = 0; i + 1 < pairs.Length(); i += 2) {
    const auto type = ReadInteger(pairs.Get(i), "payloadType", 0,
                                  PayloadMap::kPayloadTypes - 1);
    if (!type) return std::nullopt;
    const std::string rtpmap = pairs.Get(i + 1).ToString().Utf8Value();
    const auto parsed = ParseCodecFormat(rtpmap);
    if (!parsed.format) {
      ThrowType(value.Env(), "codecs has a format that is not known");
      return std::nullopt;
    }
    payloads.Set(static_cast<int>(*type), *parsed.format);
  }
  return payloads;
}

}  // namespace

void WriteFrame(const Frame& frame, std::span<double> out) {
  out[0] = frame.sample_offset;
  out[1] = frame.sample_count;
  out[2] = static_cast<double>(frame.media_ticks);
  out[3] = frame.duration_ticks;
  out[4] = static_cast<double>(frame.provenance);
  out[5] = frame.version;
  out[6] = static_cast<double>(frame.arrival_us);
  out[7] = static_cast<double>(frame.finalised_us);
  out[8] = static_cast<double>(frame.latency_us);
  out[9] = frame.missed_deadline ? 1 : 0;
  out[10] = frame.loss_run_ticks;
  out[11] = static_cast<double>(frame.level_db);
  out[12] = static_cast<double>(frame.confidence);
  out[13] = static_cast<double>(frame.capture_us);
}

void WriteBlock(const PlayoutBlock& block, std::span<double> out) {
  out[0] = static_cast<double>(block.media_ticks);
  out[1] = static_cast<double>(block.provenance);
  out[2] = block.is_playing ? 1 : 0;
  out[3] = block.concealed_samples;
  out[4] = block.removed_samples;
  out[5] = block.inserted_samples;
  out[6] = static_cast<double>(block.delay_us);
  out[7] = static_cast<double>(block.target_us);
  out[8] = static_cast<double>(block.level_us);
}

void WriteCounters(const Counters& c, const PlayoutCounters& p,
                   std::span<double> out) {
  const std::array<int64_t, kPlainCounters> fields = {
      c.packets_received,
      c.packets_duplicate,
      c.packets_reordered,
      c.packets_late,
      c.packets_lost,
      c.packets_malformed,
      c.packets_other_payload,
      c.packets_on_probation,
      c.packets_overflow,
      c.restarts,
      c.timestamp_jumps,
      c.discontinuities,
      c.path_shifts,
      c.concealment_events,
      c.deadline_misses,
      c.fec_packets_received,
      c.jitter_ticks_q4,
      c.buffer_delay_us_samples,
      c.buffer_emitted_samples,
      c.minimum_delay_us,
      c.packets_unrepairable,
      c.repairs,
      c.repaired_ticks,
      c.drift_ppm,
      c.frames_dropped,
      c.red_blocks_refused,
      c.packets_conflicting,
      c.drift_alarms,
      c.host_stalls,
      p.played_samples,
      p.concealed_samples,
      p.concealment_events,
      p.comfort_samples,
      p.removed_samples,
      p.inserted_samples,
      p.dropped_samples,
      p.delay_us_samples,
      p.target_us_samples,
      p.real_samples,
  };
  size_t i = 0;
  for (const int64_t field : fields) out[i++] = static_cast<double>(field);
  for (const int64_t ticks : c.provenance_ticks) {
    out[i++] = static_cast<double>(ticks);
  }
}

void WriteEvent(const TelephoneEvent& event, std::span<double> out) {
  out[0] = event.event;
  out[1] = event.has_ended ? 1 : 0;
  out[2] = event.level_dbm0;
  out[3] = static_cast<double>(event.start_ticks);
  out[4] = static_cast<double>(event.duration_ticks);
}

std::optional<SenderReport> ReadSenderReport(const Napi::CallbackInfo& info,
                                             size_t first) {
  constexpr int64_t kMax = 0xffffffff;
  const auto ssrc = ReadInteger(info[first], "ssrc", 0, kMax);
  const auto seconds = ReadInteger(info[first + 1], "ntpSeconds", 0, kMax);
  const auto fraction = ReadInteger(info[first + 2], "ntpFraction", 0, kMax);
  const auto timestamp = ReadInteger(info[first + 3], "rtpTimestamp", 0, kMax);
  if (!ssrc || !seconds || !fraction || !timestamp) return std::nullopt;
  const uint64_t ntp_time =
      static_cast<uint64_t>(*seconds) << 32 | static_cast<uint64_t>(*fraction);
  return SenderReport{static_cast<uint32_t>(*ssrc), ntp_time,
                      static_cast<uint32_t>(*timestamp)};
}

std::optional<ReceiverConfig> ReadReceiverConfig(Napi::Value value) {
  if (!value.IsObject()) {
    ThrowType(value.Env(), "The configuration must be an object");
    return std::nullopt;
  }
  const auto object = value.As<Napi::Object>();
  const auto read = [&](const char* name, int64_t min, int64_t max) {
    return ReadInteger(object.Get(name), name, min, max);
  };
  const auto readers = read("readers", 0, 2);
  const auto rate = read("sampleRateHz", 8000, 48000);
  const auto channels = read("channels", 1, 2);
  const auto deadline = read("deadlineUs", 0, kMaxSpanUs);
  const auto eagerness = read("eagernessThousandths", 0, 1'000'000);
  const auto capture_time = read("captureTimeExtension", 0, 255);
  const auto max_fill = read("maxFillUs", 0, kMaxSpanUs);
  const auto min_delay = read("minDelayUs", 0, kMaxSpanUs);
  const auto max_delay = read("maxDelayUs", 0, kMaxSpanUs);
  const auto deep_plc = read("deepPlcUsPerTick", 0, kMaxSpanUs);
  if (!readers || !rate || !channels || !deadline || !eagerness ||
      !capture_time || !max_fill || !min_delay || !max_delay || !deep_plc) {
    return std::nullopt;
  }
  const auto payloads = ReadPayloads(object.Get("codecs"));
  if (!payloads) return std::nullopt;
  auto library = ReadOpusLibrary(object.Get("libopus"));
  if (!library) return std::nullopt;
  ReceiverConfig config;
  config.readers = static_cast<Readers>(*readers);
  config.sample_rate_hz = static_cast<int>(*rate);
  config.channels = static_cast<int>(*channels);
  config.deadline_us = *deadline;
  config.eagerness = static_cast<double>(*eagerness) / 1000;
  config.capture_time_extension = static_cast<int>(*capture_time);
  config.max_fill_us = *max_fill;
  config.min_delay_us = *min_delay;
  config.max_delay_us = *max_delay;
  config.deep_plc_us_per_tick = *deep_plc;
  config.library = *library;
  config.payloads = *payloads;
  return config;
}

}  // namespace earshot
