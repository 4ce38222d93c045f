#include "opus/opus_encoder_host.h"

#include <cassert>

namespace earshot {

namespace {

constexpr int kSetDredDuration = 4050;  // opus_defines.h of 1.5.2.
constexpr int kDredStepMs = 10;

}  // namespace

OpusEncoderHost::OpusEncoderHost(const OpusLibrary& library,
                                 const OpusEncoderSettings& settings)
    : functions_(library.functions()),
      encoder_(nullptr, functions_.encoder_destroy) {
  int error = OPUS_OK;
  encoder_.reset(functions_.encoder_create(
      settings.sample_rate_hz, /*channels=*/1,
      settings.voice ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO, &error));
  assert(error == OPUS_OK);
  OpusEncoder* const encoder = encoder_.get();
  const auto ctl = functions_.encoder_ctl;
  ctl(encoder, OPUS_SET_BITRATE(settings.bitrate_bps));
  ctl(encoder, OPUS_SET_INBAND_FEC(settings.in_band_fec ? 1 : 0));
  ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(settings.expected_loss_percent));
  ctl(encoder, OPUS_SET_DTX(settings.dtx ? 1 : 0));
  ctl(encoder, OPUS_SET_SIGNAL(settings.voice ? OPUS_SIGNAL_VOICE : OPUS_AUTO));
  if (settings.complexity) {
    ctl(encoder, OPUS_SET_COMPLEXITY(*settings.complexity));
  }
  if (settings.dred_ms > 0) {
    ctl(encoder, kSetDredDuration, opus_int32{settings.dred_ms / kDredStepMs});
  }
}

int OpusEncoderHost::Encode(std::span<const int16_t> pcm,
                            std::span<uint8_t> out) {
  return functions_.encode(encoder_.get(), pcm.data(),
                           static_cast<int>(pcm.size()), out.data(),
                           static_cast<opus_int32>(out.size()));
}

}  // namespace earshot
