#include "addon/receiver_wrap.h"

#include <array>
#include <memory>
#include <vector>

#include "addon/arguments.h"
#include "receiver/receiver.h"

namespace earshot {
namespace {

constexpr int64_t kMaxTimeUs = int64_t{1} << 53;  // Exact in a JS number.
constexpr int64_t kMaxSpanUs = 60'000'000;
// Numbers a frame takes in the bound memory, in the order of WriteFrame; and
// numbers of counters. TypeScript knows both (src/receiver/receiver.ts).
constexpr size_t kFrameFields = 11;
constexpr size_t kPlainCounters = 24;
constexpr size_t kCounterFields = kPlainCounters + kProvenanceCount;

void WriteFrame(const Frame& frame, std::span<double> out) {
  out[0] = frame.sample_offset;
  out[1] = frame.sample_count;
  out[2] = static_cast<double>(frame.media_ticks);
  out[3] = frame.duration_ticks;
  out[4] = static_cast<double>(frame.provenance);
  out[5] = frame.version;
  out[6] = static_cast<double>(frame.arrival_us);
  out[7] = static_cast<double>(frame.latency_us);
  out[8] = frame.missed_deadline ? 1 : 0;
  out[9] = frame.loss_run_ticks;
  out[10] = static_cast<double>(frame.level_db);
}

void WriteCounters(const Counters& c, std::span<double> out) {
  const std::array<int64_t, kPlainCounters> fields = {c.packets_received,
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
                                                      c.drift_ppm};
  size_t i = 0;
  for (const int64_t field : fields) out[i++] = static_cast<double>(field);
  for (const int64_t ticks : c.provenance_ticks) {
    out[i++] = static_cast<double>(ticks);
  }
}

// The shell around earshot::Receiver: checks, converts, decides nothing.
class ReceiverWrap : public Napi::ObjectWrap<ReceiverWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "Receiver",
        {InstanceMethod<&ReceiverWrap::Push>("push"),
         InstanceMethod<&ReceiverWrap::Poll>("poll"),
         InstanceMethod<&ReceiverWrap::End>("end"),
         InstanceMethod<&ReceiverWrap::Close>("close"),
         InstanceMethod<&ReceiverWrap::NextWakeup>("nextWakeup"),
         InstanceMethod<&ReceiverWrap::ReadCounters>("readCounters")});
  }

  explicit ReceiverWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const auto rate = ReadInteger(info[0], "sampleRateHz", 8000, 48000);
    const auto deadline = ReadInteger(info[1], "deadlineUs", 0, kMaxSpanUs);
    const auto payload_type = ReadInteger(info[2], "payloadType", -1, 127);
    const auto max_fill = ReadInteger(info[3], "maxFillUs", 0, kMaxSpanUs);
    const auto pcm = ReadPcm(info[4], "pcm");
    const auto frames = ReadDoubles(info[5], "frames");
    const auto counters = ReadDoubles(info[6], "counters");
    if (!rate || !deadline || !payload_type || !max_fill || !pcm || !frames ||
        !counters) {
      return;
    }
    const size_t max_frame_samples = static_cast<size_t>(*rate) * 120 / 1000;
    if (pcm->size() < max_frame_samples || frames->size() < kFrameFields ||
        counters->size() < kCounterFields) {
      ThrowType(info.Env(), "The memory to bind is too small");
      return;
    }
    ReceiverConfig config;
    config.sample_rate_hz = static_cast<int>(*rate);
    config.deadline_us = *deadline;
    config.payload_type = static_cast<int>(*payload_type);
    config.max_fill_us = *max_fill;
    receiver_ = std::make_unique<Receiver>(config);
    polled_.resize(frames->size() / kFrameFields);
    pcm_ = *pcm;
    frames_ = *frames;
    counters_ = *counters;
    // The arrays live as long as this object does; TypeScript never detaches
    // them.
    pcm_array_ = Napi::Persistent(info[4].As<Napi::Object>());
    frames_array_ = Napi::Persistent(info[5].As<Napi::Object>());
    counters_array_ = Napi::Persistent(info[6].As<Napi::Object>());
  }

 private:
  // push(packets, arrivalsUs, count)
  void Push(const Napi::CallbackInfo& info) {
    if (!receiver_) return;
    if (!info[0].IsArray()) {
      return ThrowType(info.Env(), "packets must be an array");
    }
    const auto packets = info[0].As<Napi::Array>();
    const auto arrivals = ReadDoubles(info[1], "arrivalsUs");
    if (!arrivals) return;
    const int64_t most = std::min<int64_t>(
        packets.Length(), static_cast<int64_t>(arrivals->size()));
    const auto count = ReadInteger(info[2], "count", 0, most);
    if (!count) return;
    for (uint32_t i = 0; i < static_cast<uint32_t>(*count); ++i) {
      Napi::HandleScope scope(info.Env());
      const auto packet = ReadBytes(packets.Get(i), "packet");
      if (!packet) return;
      const double arrival_us = (*arrivals)[i];
      if (!(arrival_us >= 0 && arrival_us <= kMaxTimeUs)) {
        return ThrowType(info.Env(), "arrivalUs must be in 0..2^53");
      }
      receiver_->Push(*packet, static_cast<int64_t>(arrival_us));
    }
  }

  // poll(nowUs): number of frames written.
  Napi::Value Poll(const Napi::CallbackInfo& info) {
    const auto now_us = ReadInteger(info[0], "nowUs", 0, kMaxTimeUs);
    if (!now_us || !receiver_) return info.Env().Undefined();
    const int count = receiver_->Poll(*now_us, pcm_, polled_);
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<size_t>(i);
      WriteFrame(polled_[at], frames_.subspan(at * kFrameFields, kFrameFields));
    }
    return Napi::Number::New(info.Env(), count);
  }

  void End(const Napi::CallbackInfo&) {
    if (receiver_) receiver_->End();
  }

  // Frees the engine now: the collector sees only the small object around it.
  void Close(const Napi::CallbackInfo&) { receiver_.reset(); }

  Napi::Value NextWakeup(const Napi::CallbackInfo& info) {
    const int64_t at_us = receiver_ ? receiver_->NextWakeupUs() : kNever;
    return Napi::Number::New(info.Env(), static_cast<double>(at_us));
  }

  void ReadCounters(const Napi::CallbackInfo&) {
    if (receiver_) WriteCounters(receiver_->ReadCounters(), counters_);
  }

  std::unique_ptr<Receiver> receiver_;
  std::vector<Frame> polled_;
  std::span<int16_t> pcm_;
  std::span<double> frames_;
  std::span<double> counters_;
  Napi::ObjectReference pcm_array_;
  Napi::ObjectReference frames_array_;
  Napi::ObjectReference counters_array_;
};

}  // namespace

void ExportReceiver(Napi::Env env, Napi::Object exports) {
  exports.Set("Receiver", ReceiverWrap::Define(env));
}

}  // namespace earshot
