#include "addon/pool_wrap.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "addon/arguments.h"
#include "addon/receiver_fields.h"
#include "receiver/receiver_pool.h"

namespace earshot {
namespace {

constexpr int64_t kMaxStreamId = int64_t{1} << 53;

// Of a packet in the bound memory: stream, arrival time, bytes.
constexpr size_t kPacketFields = 3;

// An integer in 0..max.
bool IsInteger(double number, double max) {
  return number >= 0 && number <= max && number == std::floor(number);
}

// The shell around earshot::ReceiverPool: checks, converts, decides nothing.
// Packets, frames and PCM pass through memory that is bound once.
class PoolWrap : public Napi::ObjectWrap<PoolWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "ReceiverPool",
        {InstanceMethod<&PoolWrap::Add>("add"),
         InstanceMethod<&PoolWrap::Remove>("remove"),
         InstanceMethod<&PoolWrap::Push>("push"),
         InstanceMethod<&PoolWrap::Poll>("poll"),
         InstanceMethod<&PoolWrap::Pull>("pull"),
         InstanceMethod<&PoolWrap::TakeSenderReport>("senderReport"),
         InstanceMethod<&PoolWrap::End>("end"),
         InstanceMethod<&PoolWrap::Close>("close"),
         InstanceMethod<&PoolWrap::NextWakeup>("nextWakeup"),
         InstanceMethod<&PoolWrap::ReadCounters>("readCounters")});
  }

  // new ReceiverPool(config, memory)
  explicit PoolWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsObject() || !info[1].IsObject()) {
      ThrowType(info.Env(), "config and memory must be objects");
      return;
    }
    const auto object = info[0].As<Napi::Object>();
    const auto max_streams = ReadInteger(object.Get("maxStreams"), "maxStreams",
                                         1, ReceiverPool::kMaxStreams);
    const auto deep_plc = ReadInteger(object.Get("deepPlcUsPerTick"),
                                      "deepPlcUsPerTick", 0, kMaxTimeUs);
    if (!max_streams || !deep_plc || !Bind(info[1].As<Napi::Object>())) return;
    const auto streams = static_cast<size_t>(*max_streams);
    if (frames_.size() < kFrameFields ||
        pcm_.size() < std::max(ReceiverPool::kMaxFrameSamples,
                               ReceiverPool::kMaxBlockSamples * streams) ||
        blocks_.size() < kBlockFields * streams ||
        streams_.size() < std::max(streams, frames_.size() / kFrameFields) ||
        counters_.size() < kCounterFields) {
      ThrowType(info.Env(), "The memory to bind is too small");
      return;
    }
    polled_.resize(frames_.size() / kFrameFields);
    pulled_.resize(streams);
    ids_.resize(streams_.size());
    ReceiverPoolConfig config;
    config.max_streams = static_cast<int>(*max_streams);
    config.deep_plc_us_per_tick = *deep_plc;
    pool_ = std::make_unique<ReceiverPool>(config);
  }

 private:
  // The arrays live as long as this object does; TypeScript never detaches
  // them.
  bool Bind(Napi::Object memory) {
    const auto bytes = ReadBytes(memory.Get("bytes"), "bytes");
    const auto packets = ReadDoubles(memory.Get("packets"), "packets");
    const auto pcm = ReadPcm(memory.Get("pcm"), "pcm");
    const auto frames = ReadDoubles(memory.Get("frames"), "frames");
    const auto blocks = ReadDoubles(memory.Get("blocks"), "blocks");
    const auto streams = ReadDoubles(memory.Get("streams"), "streams");
    const auto counters = ReadDoubles(memory.Get("counters"), "counters");
    if (!bytes || !packets || !pcm || !frames || !blocks || !streams ||
        !counters) {
      return false;
    }
    bytes_ = *bytes;
    packets_ = *packets;
    pcm_ = *pcm;
    frames_ = *frames;
    blocks_ = *blocks;
    streams_ = *streams;
    counters_ = *counters;
    auto bound = Napi::Array::New(memory.Env());
    uint32_t count = 0;
    for (const char* name : {"bytes", "packets", "pcm", "frames", "blocks",
                             "streams", "counters"}) {
      bound.Set(count++, memory.Get(name));
    }
    bound_ = Napi::Persistent(bound.As<Napi::Object>());
    return true;
  }

  // add(config): the stream's id, or undefined when there are too many.
  Napi::Value Add(const Napi::CallbackInfo& info) {
    const auto config = ReadReceiverConfig(info[0]);
    if (!config || !pool_) return info.Env().Undefined();
    const auto id = pool_->Add(*config);
    if (!id) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), static_cast<double>(*id));
  }

  void Remove(const Napi::CallbackInfo& info) {
    const auto id = ReadInteger(info[0], "stream", 0, kMaxStreamId);
    if (id && pool_) pool_->Remove(*id);
  }

  // push(count): of the bound packets; their bytes follow one another.
  void Push(const Napi::CallbackInfo& info) {
    const auto count =
        ReadInteger(info[0], "count", 0,
                    static_cast<int64_t>(packets_.size() / kPacketFields));
    if (!count || !pool_) return;
    std::span<const uint8_t> rest = bytes_;
    for (size_t i = 0; i < static_cast<size_t>(*count); ++i) {
      const auto fields = packets_.subspan(i * kPacketFields, kPacketFields);
      if (!IsInteger(fields[0], kMaxStreamId) ||
          !IsInteger(fields[1], kMaxTimeUs) ||
          !IsInteger(fields[2], static_cast<double>(rest.size()))) {
        return ThrowType(info.Env(), "A packet's numbers are out of range");
      }
      const auto size = static_cast<size_t>(fields[2]);
      pool_->Push(static_cast<StreamId>(fields[0]), rest.first(size),
                  static_cast<int64_t>(fields[1]));
      rest = rest.subspan(size);
    }
  }

  // poll(nowUs): number of frames written.
  Napi::Value Poll(const Napi::CallbackInfo& info) {
    const auto now_us = ReadInteger(info[0], "nowUs", 0, kMaxTimeUs);
    if (!now_us || !pool_) return info.Env().Undefined();
    const int count = pool_->Poll(*now_us, pcm_, polled_, ids_);
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      WriteFrame(polled_[i], frames_.subspan(i * kFrameFields, kFrameFields));
      streams_[i] = static_cast<double>(ids_[i]);
    }
    return Napi::Number::New(info.Env(), count);
  }

  // pull(nowUs): number of blocks written.
  Napi::Value Pull(const Napi::CallbackInfo& info) {
    const auto now_us = ReadInteger(info[0], "nowUs", 0, kMaxTimeUs);
    if (!now_us || !pool_) return info.Env().Undefined();
    const int count = pool_->Pull(*now_us, pcm_, pulled_, ids_);
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      WriteBlock(pulled_[i], blocks_.subspan(i * kBlockFields, kBlockFields));
      streams_[i] = static_cast<double>(ids_[i]);
    }
    return Napi::Number::New(info.Env(), count);
  }

  // senderReport(stream, ssrc, ntpSeconds, ntpFraction, rtpTimestamp)
  void TakeSenderReport(const Napi::CallbackInfo& info) {
    const auto id = ReadInteger(info[0], "stream", 0, kMaxStreamId);
    if (!id) return;
    const auto report = ReadSenderReport(info, 1);
    if (report && pool_) pool_->OnSenderReport(*id, *report);
  }

  void End(const Napi::CallbackInfo& info) {
    const auto id = ReadInteger(info[0], "stream", 0, kMaxStreamId);
    if (id && pool_) pool_->End(*id);
  }

  // Frees the engine now: the collector sees only the small object around it.
  void Close(const Napi::CallbackInfo&) { pool_.reset(); }

  Napi::Value NextWakeup(const Napi::CallbackInfo& info) {
    const int64_t at_us = pool_ ? pool_->NextWakeupUs() : kNever;
    return Napi::Number::New(info.Env(), static_cast<double>(at_us));
  }

  void ReadCounters(const Napi::CallbackInfo& info) {
    const auto id = ReadInteger(info[0], "stream", 0, kMaxStreamId);
    if (!id || !pool_) return;
    const Counters* counters = pool_->ReadCounters(*id);
    const auto playout = pool_->ReadPlayoutCounters(*id);
    if (counters != nullptr && playout) {
      WriteCounters(*counters, *playout, counters_);
    }
  }

  std::unique_ptr<ReceiverPool> pool_;
  std::vector<Frame> polled_;
  std::vector<PlayoutBlock> pulled_;
  std::vector<StreamId> ids_;
  std::span<const uint8_t> bytes_;
  std::span<const double> packets_;
  std::span<int16_t> pcm_;
  std::span<double> frames_;
  std::span<double> blocks_;
  std::span<double> streams_;
  std::span<double> counters_;
  Napi::ObjectReference bound_;  // What the spans lie in.
};

}  // namespace

void ExportReceiverPool(Napi::Env env, Napi::Object exports) {
  exports.Set("ReceiverPool", PoolWrap::Define(env));
}

}  // namespace earshot
