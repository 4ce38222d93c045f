#include "opus/opus_decoder_host.h"

#include <cassert>
#include <cstring>

#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int kNoFec = 0;
constexpr int kFec = 1;

// From complexity 5 on a decoder conceals by its network. It is raised for the
// call only: packets leave the network what it starts from at any complexity
// (silk/PLC.c and celt/celt_decoder.c of 1.5.2 and 1.6.1), while at 5 it would
// also run where DTX or a change of mode conceals inside a packet, at ten times
// the cost and more.
constexpr int kDeepComplexity = 5;
constexpr int kClassicComplexity = 0;  // As a decoder is made.

// Of a payload that codes no audio: libopus conceals (opus_decoder.c).
constexpr size_t kMaxEmptyBytes = 2;

}  // namespace

OpusDecoderHost::OpusDecoderHost(const OpusLibrary& library, int sample_rate_hz,
                                 int channels)
    : functions_(library.functions()),
      has_deep_plc_(library.features().deep_plc),
      sample_rate_hz_(sample_rate_hz),
      channels_(channels),
      codec_bytes_(static_cast<size_t>(functions_.decoder_get_size(channels))),
      decoder_(nullptr, functions_.decoder_destroy) {
  int error = OPUS_OK;
  decoder_.reset(functions_.decoder_create(sample_rate_hz, channels, &error));
  assert(error == OPUS_OK);
}

int OpusDecoderHost::Decode(std::span<const uint8_t> payload,
                            std::span<int16_t> out) {
  const int samples = DecodeInto(payload, out, kNoFec);
  if (samples >= 0) {
    loss_ = payload.size() <= kMaxEmptyBytes ? Loss::kClassic : Loss::kNone;
  }
  return samples;
}

int OpusDecoderHost::DecodeLbrr(std::span<const uint8_t> next_payload,
                                std::span<int16_t> out) {
  loss_ = Loss::kClassic;  // Where the copy does not reach.
  return DecodeInto(next_payload, out, kFec);
}

// CELT of 1.5 puts the network in the picture at the first lost frame and takes
// up what it left there at the later ones (celt_decode_lost): begun later, it
// would start with the sound of an older loss.
int OpusDecoderHost::Conceal(std::span<int16_t> out, Concealment concealment) {
  const bool deep = concealment == Concealment::kDeep && has_deep_plc_ &&
                    loss_ != Loss::kClassic;
  loss_ = deep ? Loss::kDeep : Loss::kClassic;
  if (!deep) return DecodeInto({}, out, kNoFec);
  functions_.decoder_ctl(decoder_.get(), OPUS_SET_COMPLEXITY(kDeepComplexity));
  const int samples = DecodeInto({}, out, kNoFec);
  functions_.decoder_ctl(decoder_.get(),
                         OPUS_SET_COMPLEXITY(kClassicComplexity));
  return samples;
}

int OpusDecoderHost::DecodeDred(const DredDecoder& dred, int from_ticks,
                                std::span<int16_t> out) {
  const int length = static_cast<int>(out.size()) / channels_;
  const int ticks_per_sample = kTicksPerSecond / sample_rate_hz_;
  if (loss_ == Loss::kClassic ||
      !dred.reach().Holds(from_ticks, length * ticks_per_sample)) {
    return OPUS_BAD_ARG;
  }
  // Below wideband libopus does not use what it is given, and would take it for
  // the description of a later loss (lpcnet_plc_fec_add).
  opus_int32 bandwidth = 0;
  functions_.decoder_ctl(decoder_.get(), OPUS_GET_BANDWIDTH(&bandwidth));
  if (bandwidth < OPUS_BANDWIDTH_WIDEBAND) return OPUS_BAD_ARG;

  loss_ = Loss::kDeep;
  const int per_channel =
      functions_.dred_decode(decoder_.get(), dred.redundancy(),
                             from_ticks / ticks_per_sample, out.data(), length);
  return per_channel < 0 ? per_channel : per_channel * channels_;
}

// libopus takes no payload at all (nullptr) for a lost packet.
int OpusDecoderHost::DecodeInto(std::span<const uint8_t> payload,
                                std::span<int16_t> out, int use_fec) {
  const int per_channel = functions_.decode(
      decoder_.get(), payload.empty() ? nullptr : payload.data(),
      static_cast<opus_int32>(payload.size()), out.data(),
      static_cast<int>(out.size()) / channels_, use_fec);
  return per_channel < 0 ? per_channel : per_channel * channels_;
}

void OpusDecoderHost::Reset() {
  functions_.decoder_ctl(decoder_.get(), OPUS_RESET_STATE);
  loss_ = Loss::kNone;
}

void OpusDecoderHost::SaveTo(PackedState& state) const {
  state.Pack({reinterpret_cast<const uint8_t*>(decoder_.get()), codec_bytes_},
             static_cast<uint8_t>(loss_));
}

void OpusDecoderHost::RestoreFrom(const PackedState& state) {
  state.Unpack({reinterpret_cast<uint8_t*>(decoder_.get()), codec_bytes_});
  loss_ = static_cast<Loss>(state.beside());
}

void OpusDecoderHost::CopyFrom(const AudioDecoder& other) {
  const auto& host = static_cast<const OpusDecoderHost&>(other);
  std::memcpy(static_cast<void*>(decoder_.get()), host.decoder_.get(),
              codec_bytes_);
  loss_ = host.loss_;
}

}  // namespace earshot
