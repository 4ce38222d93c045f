#include "opus/opus_decoder_host.h"

#include <opus.h>

#include <cassert>
#include <cstring>

namespace earshot {
namespace {

constexpr int kMono = 1;
constexpr int kNoFec = 0;
constexpr int kFec = 1;

}  // namespace

void OpusDecoderHost::Destroy::operator()(OpusDecoder* decoder) const {
  opus_decoder_destroy(decoder);
}

OpusDecoderHost::OpusDecoderHost(int sample_rate_hz) {
  int error = OPUS_OK;
  decoder_.reset(opus_decoder_create(sample_rate_hz, kMono, &error));
  assert(error == OPUS_OK);
}

int OpusDecoderHost::Decode(std::span<const uint8_t> payload,
                            std::span<int16_t> out) {
  return opus_decode(decoder_.get(), payload.data(),
                     static_cast<opus_int32>(payload.size()), out.data(),
                     static_cast<int>(out.size()), kNoFec);
}

int OpusDecoderHost::DecodeLbrr(std::span<const uint8_t> next_payload,
                                std::span<int16_t> out) {
  return opus_decode(decoder_.get(), next_payload.data(),
                     static_cast<opus_int32>(next_payload.size()), out.data(),
                     static_cast<int>(out.size()), kFec);
}

int OpusDecoderHost::Conceal(std::span<int16_t> out) {
  return opus_decode(decoder_.get(), nullptr, 0, out.data(),
                     static_cast<int>(out.size()), kNoFec);
}

void OpusDecoderHost::Reset() {
  opus_decoder_ctl(decoder_.get(), OPUS_RESET_STATE);
}

OpusDecoderHost::Snapshot::Snapshot(const OpusDecoderHost&)
    : state_(static_cast<size_t>(opus_decoder_get_size(kMono))) {}

void OpusDecoderHost::SaveTo(Snapshot& snapshot) const {
  std::memcpy(snapshot.state_.data(), decoder_.get(), snapshot.state_.size());
}

void OpusDecoderHost::RestoreFrom(const Snapshot& snapshot) {
  std::memcpy(static_cast<void*>(decoder_.get()), snapshot.state_.data(),
              snapshot.state_.size());
}

}  // namespace earshot
