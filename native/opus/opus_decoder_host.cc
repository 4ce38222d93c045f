#include "opus/opus_decoder_host.h"

#include <opus.h>

#include <cassert>
#include <cstring>

namespace earshot {
namespace {

constexpr int kNoFec = 0;
constexpr int kFec = 1;

}  // namespace

void OpusDecoderHost::Destroy::operator()(OpusDecoder* decoder) const {
  opus_decoder_destroy(decoder);
}

OpusDecoderHost::OpusDecoderHost(int sample_rate_hz, int channels)
    : channels_(channels),
      state_bytes_(static_cast<size_t>(opus_decoder_get_size(channels))) {
  int error = OPUS_OK;
  decoder_.reset(opus_decoder_create(sample_rate_hz, channels, &error));
  assert(error == OPUS_OK);
}

int OpusDecoderHost::Decode(std::span<const uint8_t> payload,
                            std::span<int16_t> out) {
  return DecodeInto(payload, out, kNoFec);
}

int OpusDecoderHost::DecodeLbrr(std::span<const uint8_t> next_payload,
                                std::span<int16_t> out) {
  return DecodeInto(next_payload, out, kFec);
}

int OpusDecoderHost::Conceal(std::span<int16_t> out, Concealment) {
  return DecodeInto({}, out, kNoFec);
}

// libopus takes no payload at all (nullptr) for a lost packet.
int OpusDecoderHost::DecodeInto(std::span<const uint8_t> payload,
                                std::span<int16_t> out, int use_fec) {
  const int per_channel =
      opus_decode(decoder_.get(), payload.empty() ? nullptr : payload.data(),
                  static_cast<opus_int32>(payload.size()), out.data(),
                  static_cast<int>(out.size()) / channels_, use_fec);
  return per_channel < 0 ? per_channel : per_channel * channels_;
}

void OpusDecoderHost::Reset() {
  opus_decoder_ctl(decoder_.get(), OPUS_RESET_STATE);
}

void OpusDecoderHost::SaveTo(std::span<uint8_t> state) const {
  std::memcpy(state.data(), decoder_.get(), state_bytes_);
}

void OpusDecoderHost::RestoreFrom(std::span<const uint8_t> state) {
  std::memcpy(static_cast<void*>(decoder_.get()), state.data(), state_bytes_);
}

}  // namespace earshot
