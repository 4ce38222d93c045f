#include "opus/opus_encoder_host.h"

#include <opus.h>

#include <cassert>

namespace earshot {

void OpusEncoderHost::Destroy::operator()(OpusEncoder* encoder) const {
  opus_encoder_destroy(encoder);
}

OpusEncoderHost::OpusEncoderHost(const OpusEncoderSettings& settings) {
  int error = OPUS_OK;
  encoder_.reset(opus_encoder_create(
      settings.sample_rate_hz, /*channels=*/1,
      settings.voice ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO, &error));
  assert(error == OPUS_OK);
  OpusEncoder* encoder = encoder_.get();
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(settings.bitrate_bps));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(settings.in_band_fec ? 1 : 0));
  opus_encoder_ctl(encoder,
                   OPUS_SET_PACKET_LOSS_PERC(settings.expected_loss_percent));
  opus_encoder_ctl(encoder, OPUS_SET_DTX(settings.dtx ? 1 : 0));
  opus_encoder_ctl(
      encoder, OPUS_SET_SIGNAL(settings.voice ? OPUS_SIGNAL_VOICE : OPUS_AUTO));
}

int OpusEncoderHost::Encode(std::span<const int16_t> pcm,
                            std::span<uint8_t> out) {
  return opus_encode(encoder_.get(), pcm.data(), static_cast<int>(pcm.size()),
                     out.data(), static_cast<opus_int32>(out.size()));
}

}  // namespace earshot
