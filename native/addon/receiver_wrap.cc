#include "addon/receiver_wrap.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "addon/arguments.h"
#include "addon/receiver_fields.h"
#include "receiver/capture_drive.h"
#include "receiver/receiver.h"

namespace earshot {
namespace {

// The shell around earshot::Receiver: checks, converts, decides nothing.
class ReceiverWrap : public Napi::ObjectWrap<ReceiverWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "Receiver",
        {InstanceMethod<&ReceiverWrap::Push>("push"),
         InstanceMethod<&ReceiverWrap::Poll>("poll"),
         InstanceMethod<&ReceiverWrap::Run>("run"),
         InstanceMethod<&ReceiverWrap::Pull>("pull"),
         InstanceMethod<&ReceiverWrap::TakeEvents>("takeEvents"),
         InstanceMethod<&ReceiverWrap::TakeNacks>("takeNacks"),
         InstanceMethod<&ReceiverWrap::SetRoundTrip>("setRoundTrip"),
         InstanceMethod<&ReceiverWrap::TakeSenderReport>("senderReport"),
         InstanceMethod<&ReceiverWrap::End>("end"),
         InstanceMethod<&ReceiverWrap::Close>("close"),
         InstanceMethod<&ReceiverWrap::NextWakeup>("nextWakeup"),
         InstanceMethod<&ReceiverWrap::ReadCounters>("readCounters")});
  }

  // new Receiver(config, memory), the memory as in
  // src/receiver/native-module.ts
  explicit ReceiverWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const auto config = ReadReceiverConfig(info[0]);
    if (!config) return;
    if (!info[1].IsObject()) {
      ThrowType(info.Env(), "memory must be an object");
      return;
    }
    const auto memory = info[1].As<Napi::Object>();
    const auto arrivals = ReadDoubles(memory.Get("arrivalsUs"), "arrivalsUs");
    const auto pcm = ReadPcm(memory.Get("pcm"), "pcm");
    const auto frames = ReadDoubles(memory.Get("frames"), "frames");
    const auto taken = ReadDoubles(memory.Get("taken"), "taken");
    const auto wakeup = ReadDoubles(memory.Get("wakeup"), "wakeup");
    const auto block = ReadDoubles(memory.Get("block"), "block");
    const auto counters = ReadDoubles(memory.Get("counters"), "counters");
    if (!arrivals || !taken || !pcm || !frames || !wakeup || !block ||
        !counters) {
      return;
    }
    const size_t samples_per_second =
        static_cast<size_t>(config->sample_rate_hz * config->channels);
    const size_t longest_frame = samples_per_second * 120 / 1000;
    if (pcm->size() < longest_frame || frames->size() < kFrameFields ||
        taken->empty() || wakeup->empty() || block->size() < kBlockFields ||
        counters->size() < kCounterFields) {
      ThrowType(info.Env(), "The memory to bind is too small");
      return;
    }
    receiver_ = std::make_unique<Receiver>(*config);
    has_playout_ = config->readers != Readers::kRecognizer;
    drive_.emplace(longest_frame);
    captured_.resize(arrivals->size());
    polled_.resize(frames->size() / kFrameFields);
    arrivals_us_ = *arrivals;
    pcm_ = *pcm;
    pull_pcm_ = pcm_.first(samples_per_second / 100);
    frames_ = *frames;
    taken_ = *taken;
    wakeup_ = *wakeup;
    block_ = *block;
    counters_ = *counters;
    // The arrays live as long as this object does; TypeScript never detaches
    // them.
    bound_ = Napi::Persistent(memory);
  }

 private:
  // push(packets, count): `arrivalsUs` of the bound memory says when they came.
  void Push(const Napi::CallbackInfo& info) {
    for (const CapturedPacket& packet : ReadPackets(info[0], info[1])) {
      receiver_->Push(packet.bytes, packet.arrival_us);
    }
  }

  // poll(nowUs): number of frames written. `wakeup` of the bound memory says
  // when to come again: at once where frames are left, -1 for never.
  Napi::Value Poll(const Napi::CallbackInfo& info) {
    const auto now_us = ReadInteger(info[0], "nowUs", 0, kMaxTimeUs);
    if (!now_us || !receiver_) return info.Env().Undefined();
    const int count = receiver_->Poll(*now_us, pcm_, polled_);
    WriteFrames(static_cast<size_t>(count));
    wakeup_[0] = static_cast<double>(
        receiver_->IsDrained() ? receiver_->NextWakeupUs() : *now_us);
    return Napi::Number::New(info.Env(), count);
  }

  // run(bytes, starts, lengths, arrivalsUs, first, count): what push and poll
  // do, in the packets' own time; number of frames written. The columns tell
  // where in `bytes` the packets lie; `taken` of the bound memory says how many
  // of them are done with.
  Napi::Value Run(const Napi::CallbackInfo& info) {
    const auto packets = ReadColumns(info);
    if (packets.empty()) return info.Env().Undefined();
    const auto progress = drive_->Run(*receiver_, packets, pcm_, polled_);
    WriteFrames(progress.frames);
    taken_[0] = static_cast<double>(progress.packets);
    return Napi::Number::New(info.Env(), static_cast<double>(progress.frames));
  }

  // pull(nowUs): makes 10 ms at the front of the bound PCM.
  void Pull(const Napi::CallbackInfo& info) {
    const auto now_us = ReadInteger(info[0], "nowUs", 0, kMaxTimeUs);
    if (!now_us || !receiver_) return;
    if (!has_playout_) return ThrowType(info.Env(), "There is no playout");
    WriteBlock(receiver_->Pull(*now_us, pull_pcm_), block_);
  }

  // takeEvents(nowUs, events): number of key presses written.
  Napi::Value TakeEvents(const Napi::CallbackInfo& info) {
    const auto now_us = ReadInteger(info[0], "nowUs", 0, kMaxTimeUs);
    if (!now_us || !receiver_) return info.Env().Undefined();
    const auto out = ReadDoubles(info[1], "events");
    if (!out) return info.Env().Undefined();
    std::array<TelephoneEvent, 16> events;
    const size_t room = std::min(events.size(), out->size() / kEventFields);
    const int count =
        receiver_->TakeTelephoneEvents(*now_us, std::span(events).first(room));
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      WriteEvent(events[i], out->subspan(i * kEventFields, kEventFields));
    }
    return Napi::Number::New(info.Env(), count);
  }

  // takeNacks(nowUs, nacks): number of requests written, each its number and
  // its last useful time.
  Napi::Value TakeNacks(const Napi::CallbackInfo& info) {
    const auto now_us = ReadInteger(info[0], "nowUs", 0, kMaxTimeUs);
    if (!now_us || !receiver_) return info.Env().Undefined();
    const auto out = ReadDoubles(info[1], "nacks");
    if (!out) return info.Env().Undefined();
    std::array<NackRequest, 64> nacks;
    const size_t room = std::min(nacks.size(), out->size() / 2);
    const int count =
        receiver_->TakeNacks(*now_us, std::span(nacks).first(room));
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      (*out)[2 * i] = static_cast<double>(nacks[i].sequence);
      (*out)[2 * i + 1] = static_cast<double>(nacks[i].until_us);
    }
    return Napi::Number::New(info.Env(), count);
  }

  // setRoundTrip(rttUs)
  void SetRoundTrip(const Napi::CallbackInfo& info) {
    const auto rtt_us = ReadInteger(info[0], "rttUs", 1, kMaxTimeUs);
    if (rtt_us && receiver_) receiver_->SetRoundTrip(*rtt_us);
  }

  // senderReport(ssrc, ntpSeconds, ntpFraction, rtpTimestamp)
  void TakeSenderReport(const Napi::CallbackInfo& info) {
    const auto report = ReadSenderReport(info, 0);
    if (report && receiver_) receiver_->OnSenderReport(*report);
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
    if (!receiver_) return;
    WriteCounters(receiver_->ReadCounters(), receiver_->ReadPlayoutCounters(),
                  counters_);
  }

  // The first packets of an array, and when they came; none after scheduling an
  // error, or where the receiver is closed.
  std::span<const CapturedPacket> ReadPackets(Napi::Value value,
                                              Napi::Value end) {
    if (!receiver_) return {};
    if (!value.IsArray()) {
      ThrowType(value.Env(), "packets must be an array");
      return {};
    }
    const auto packets = value.As<Napi::Array>();
    const int64_t most = std::min<int64_t>(
        packets.Length(), static_cast<int64_t>(arrivals_us_.size()));
    const auto count = ReadInteger(end, "count", 0, most);
    if (!count) return {};
    for (size_t i = 0; i < static_cast<size_t>(*count); ++i) {
      const auto packet =
          ReadBytes(packets.Get(static_cast<uint32_t>(i)), "packet");
      if (!packet || !Capture(value.Env(), i, *packet, arrivals_us_[i])) {
        return {};
      }
    }
    return std::span<const CapturedPacket>(captured_).first(
        static_cast<size_t>(*count));
  }

  // The packets of columns from `first` on, as many as are bound; none as
  // above.
  std::span<const CapturedPacket> ReadColumns(const Napi::CallbackInfo& info) {
    if (!receiver_) return {};
    const auto places = ReadPacketPlaces(info);
    if (!places) return {};
    const auto arrivals_us = ReadDoubles(info[3], "arrivalsUs");
    if (!arrivals_us) return {};
    const size_t rows = std::min(places->size(), arrivals_us->size());
    const auto count =
        ReadInteger(info[5], "count", 0, static_cast<int64_t>(rows));
    if (!count) return {};
    const auto first = ReadInteger(info[4], "first", 0, *count);
    if (!first) return {};
    const auto from = static_cast<size_t>(*first);
    const size_t taken =
        std::min(captured_.size(), static_cast<size_t>(*count) - from);
    for (size_t i = 0; i < taken; ++i) {
      const auto packet = PacketAt(info.Env(), *places, from + i);
      if (!packet ||
          !Capture(info.Env(), i, *packet, (*arrivals_us)[from + i])) {
        return {};
      }
    }
    return std::span<const CapturedPacket>(captured_).first(taken);
  }

  // False after scheduling an error.
  bool Capture(Napi::Env env, size_t index, std::span<const uint8_t> packet,
               double arrival_us) {
    if (!(arrival_us >= 0 && arrival_us <= kMaxTimeUs)) {
      ThrowType(env, "arrivalUs must be in 0..2^53");
      return false;
    }
    captured_[index] = {packet, static_cast<int64_t>(arrival_us)};
    return true;
  }

  void WriteFrames(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      WriteFrame(polled_[i], frames_.subspan(i * kFrameFields, kFrameFields));
    }
  }

  std::unique_ptr<Receiver> receiver_;
  std::optional<CaptureDrive> drive_;
  std::vector<CapturedPacket> captured_;
  std::vector<Frame> polled_;
  std::span<double> arrivals_us_;
  std::span<double> taken_;
  std::span<int16_t> pcm_;
  std::span<int16_t> pull_pcm_;
  std::span<double> frames_;
  std::span<double> wakeup_;
  std::span<double> block_;
  std::span<double> counters_;
  bool has_playout_ = false;
  Napi::ObjectReference bound_;  // What the spans lie in.
};

}  // namespace

void ExportReceiver(Napi::Env env, Napi::Object exports) {
  exports.Set("Receiver", ReceiverWrap::Define(env));
}

}  // namespace earshot
