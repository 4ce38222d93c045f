#include "addon/opus_wrap.h"

#include <array>
#include <memory>
#include <vector>

#include "addon/arguments.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_encoder_host.h"

namespace earshot {
namespace {

constexpr size_t kMaxPacketBytes = 1275 * 6;  // Six 10 ms frames at the most.
constexpr int kMaxPacketMs = 120;

// new OpusEncoder(sampleRateHz, bitrateBps, expectedLossPercent, fec, dtx,
// voice, complexity or undefined)
class OpusEncoderWrap : public Napi::ObjectWrap<OpusEncoderWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "OpusEncoder",
                       {InstanceMethod<&OpusEncoderWrap::Encode>("encode")});
  }

  explicit OpusEncoderWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const auto rate = ReadInteger(info[0], "sampleRateHz", 8000, 48000);
    const auto bitrate = ReadInteger(info[1], "bitrateBps", 6000, 510000);
    const auto loss = ReadInteger(info[2], "expectedLossPercent", 0, 100);
    if (!rate || !bitrate || !loss) return;
    OpusEncoderSettings settings;
    settings.sample_rate_hz = static_cast<int>(*rate);
    settings.bitrate_bps = static_cast<int>(*bitrate);
    settings.expected_loss_percent = static_cast<int>(*loss);
    settings.in_band_fec = info[3].ToBoolean();
    settings.dtx = info[4].ToBoolean();
    settings.voice = info[5].ToBoolean();
    if (!info[6].IsUndefined()) {
      const auto complexity = ReadInteger(info[6], "complexity", 0, 10);
      if (!complexity) return;
      settings.complexity = static_cast<int>(*complexity);
    }
    encoder_ = std::make_unique<OpusEncoderHost>(settings);
    packet_.resize(kMaxPacketBytes);
  }

 private:
  Napi::Value Encode(const Napi::CallbackInfo& info) {
    const auto pcm = ReadPcm(info[0], "pcm");
    if (!pcm || !encoder_) return info.Env().Undefined();
    const int bytes = encoder_->Encode(*pcm, packet_);
    if (bytes < 0) {
      ThrowType(info.Env(), opus_strerror(bytes));
      return info.Env().Undefined();
    }
    auto copy = Napi::Uint8Array::New(info.Env(), static_cast<size_t>(bytes));
    std::copy_n(packet_.begin(), bytes, copy.Data());
    return copy;
  }

  std::unique_ptr<OpusEncoderHost> encoder_;
  std::vector<uint8_t> packet_;
};

// new OpusDecoder(sampleRateHz, channels, libopus): the bare codec, without any
// receiver.
class OpusDecoderWrap : public Napi::ObjectWrap<OpusDecoderWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "OpusDecoder",
        {InstanceMethod<&OpusDecoderWrap::Decode>("decode"),
         InstanceMethod<&OpusDecoderWrap::DecodeInto>("decodeInto")});
  }

  explicit OpusDecoderWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const auto rate = ReadInteger(info[0], "sampleRateHz", 8000, 48000);
    const auto channels = ReadInteger(info[1], "channels", 1, 2);
    if (!rate || !channels) return;
    const auto library = ReadOpusLibrary(info[2]);
    if (!library) return;
    decoder_ = std::make_unique<OpusDecoderHost>(
        *library, static_cast<int>(*rate), static_cast<int>(*channels));
    pcm_.resize(static_cast<size_t>(*rate * *channels) * kMaxPacketMs / 1000);
  }

 private:
  Napi::Value Decode(const Napi::CallbackInfo& info) {
    const int samples = DecodeTo(info[0], pcm_);
    if (samples < 0) return info.Env().Undefined();
    auto copy = Napi::Int16Array::New(info.Env(), static_cast<size_t>(samples));
    std::copy_n(pcm_.begin(), samples, copy.Data());
    return copy;
  }

  // decodeInto(payload, pcm): samples written; for measuring the bare codec.
  Napi::Value DecodeInto(const Napi::CallbackInfo& info) {
    const auto pcm = ReadPcm(info[1], "pcm");
    if (!pcm) return info.Env().Undefined();
    const int samples = DecodeTo(info[0], *pcm);
    return Napi::Number::New(info.Env(), samples);
  }

  int DecodeTo(Napi::Value value, std::span<int16_t> pcm) {
    const auto payload = ReadBytes(value, "payload");
    if (!payload || !decoder_) return OPUS_BAD_ARG;
    const int samples = decoder_->Decode(*payload, pcm);
    if (samples < 0) ThrowType(value.Env(), opus_strerror(samples));
    return samples;
  }

  std::unique_ptr<OpusDecoderHost> decoder_;
  std::vector<int16_t> pcm_;
};

// opusFeatures(libopus): what it is and can do.
Napi::Value ReadOpusFeatures(const Napi::CallbackInfo& info) {
  const auto library = ReadOpusLibrary(info[0]);
  if (!library) return info.Env().Undefined();
  const OpusFeatures& features = library->features();
  auto object = Napi::Object::New(info.Env());
  object.Set("version", features.version);
  object.Set("decoderBytes", features.mono_decoder_bytes);
  object.Set("deepPlc", features.deep_plc);
  object.Set("dred", features.dred);
  return object;
}

}  // namespace

std::optional<OpusLibrary> ReadOpusLibrary(Napi::Value path) {
  if (path.IsUndefined()) return OpusLibrary::BuiltIn();
  if (!path.IsString()) {
    ThrowType(path.Env(), "libopus must be a string");
    return std::nullopt;
  }
  const OpenedOpusLibrary opened =
      OpusLibrary::Open(path.As<Napi::String>().Utf8Value());
  if (!opened.library) ThrowType(path.Env(), opened.error);
  return opened.library;
}

void ExportOpus(Napi::Env env, Napi::Object exports) {
  exports.Set("OpusEncoder", OpusEncoderWrap::Define(env));
  exports.Set("OpusDecoder", OpusDecoderWrap::Define(env));
  exports.Set("opusFeatures",
              Napi::Function::New(env, ReadOpusFeatures, "opusFeatures"));
}

}  // namespace earshot
