#include "codec/pcm_decoder.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <type_traits>

#include "codec/coded_packet.h"
#include "codec/g711.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr int kRefused = -1;
// The two channels of stereo have noise of their own.
constexpr uint32_t kLeftNoiseSeed = 0x2545f491;
constexpr uint32_t kRightNoiseSeed = 0x6c078965;

// One channel of the longest packet at the highest rate.
using ChannelPcm = std::array<int16_t, kMaxPacketTicks>;

}  // namespace

PcmDecoder::PcmDecoder(const CodecFormat& format, int sample_rate_hz,
                       int channels)
    : format_(format),
      sample_rate_hz_(sample_rate_hz),
      channels_(static_cast<size_t>(channels)),
      decoded_channels_(
          static_cast<size_t>(std::min(format.channels, channels))),
      resampler_(format.clock_rate_hz, sample_rate_hz),
      state_(InitialState(format)) {
  assert(PcmBytesPerSample(format) > 0);
}

PcmDecoder::State PcmDecoder::InitialState(const CodecFormat& format) {
  const WaveformConcealer concealer(format.clock_rate_hz);
  return {false,
          {Channel{concealer, ComfortNoiseSynthesizer(kLeftNoiseSeed), {}},
           Channel{concealer, ComfortNoiseSynthesizer(kRightNoiseSeed), {}}}};
}

int PcmDecoder::Decode(std::span<const uint8_t> payload,
                       std::span<int16_t> out) {
  if (!ParseCodedPacket(format_, payload)) return kRefused;
  const size_t samples =
      payload.size() / static_cast<size_t>(PcmBytesPerSample(format_));
  if (out.size() < resampler_.OutputSamples(samples) * channels_) {
    return kRefused;
  }
  state_.is_silent = false;
  int written = 0;
  for (size_t channel = 0; channel < decoded_channels_; ++channel) {
    ChannelPcm room;
    const auto pcm = std::span(room).first(samples);
    ReadChannel(payload, channel, pcm);
    state_.channels[channel].concealer.Receive(pcm);
    written = Deliver(channel, pcm, out);
  }
  return written;
}

int PcmDecoder::DecodeLbrr(std::span<const uint8_t>, std::span<int16_t>) {
  return kRefused;
}

int PcmDecoder::Conceal(std::span<int16_t> out, Concealment) {
  const auto ticks = static_cast<int64_t>(out.size() / channels_) *
                     kTicksPerSecond / sample_rate_hz_;
  assert(ticks % kGridTicks == 0 && ticks <= kMaxPacketTicks);
  const auto samples = static_cast<size_t>(MediaToClockTicks(ticks, format_));
  int written = 0;
  for (size_t i = 0; i < decoded_channels_; ++i) {
    ChannelPcm room;
    const auto pcm = std::span(room).first(samples);
    Channel& channel = state_.channels[i];
    if (state_.is_silent) {
      channel.comfort_noise.Fill(pcm);
      // The noise the sender meant is as good as received: it ends concealment
      // and is what a later loss goes on from.
      channel.concealer.Receive(pcm);
    } else {
      channel.concealer.Conceal(pcm);
    }
    written = Deliver(i, pcm, out);
  }
  return written;
}

void PcmDecoder::Reset() { state_ = InitialState(format_); }

void PcmDecoder::SaveTo(PackedState& state) const {
  static_assert(std::is_trivially_copyable_v<State>);
  state.Pack({reinterpret_cast<const uint8_t*>(&state_), StateBytes()}, 0);
}

void PcmDecoder::RestoreFrom(const PackedState& state) {
  state.Unpack({reinterpret_cast<uint8_t*>(&state_), StateBytes()});
}

void PcmDecoder::CopyFrom(const AudioDecoder& other) {
  state_ = static_cast<const PcmDecoder&>(other).state_;
}

void PcmDecoder::AnnounceSilence(std::span<const uint8_t> payload) {
  const auto packet = ParseComfortNoisePacket(payload);
  if (!packet) return;
  state_.is_silent = true;
  for (Channel& channel : state_.channels) {
    channel.comfort_noise.Describe(*packet);
  }
}

int16_t PcmDecoder::Sample(std::span<const uint8_t> payload,
                           size_t index) const {
  switch (format_.kind) {
    case CodecKind::kPcmu:
      return kMuLaw[payload[index]];
    case CodecKind::kPcma:
      return kALaw[payload[index]];
    default:
      return static_cast<int16_t>(payload[2 * index] << 8 |
                                  payload[2 * index + 1]);
  }
}

void PcmDecoder::ReadChannel(std::span<const uint8_t> payload, size_t channel,
                             std::span<int16_t> pcm) const {
  const auto coded_channels = static_cast<size_t>(format_.channels);
  for (size_t i = 0; i < pcm.size(); ++i) {
    const size_t index = i * coded_channels + channel;
    pcm[i] = Sample(payload, index);
    if (coded_channels > channels_) {
      pcm[i] = static_cast<int16_t>((pcm[i] + Sample(payload, index + 1)) / 2);
    }
  }
}

// To the listener's rate and into the channel's places; returns samples of all
// channels.
int PcmDecoder::Deliver(size_t channel, std::span<const int16_t> pcm,
                        std::span<int16_t> out) {
  ChannelPcm room;
  const auto heard =
      std::span(room).first(resampler_.OutputSamples(pcm.size()));
  resampler_.Process(state_.channels[channel].resampler, pcm, heard);
  const bool is_doubled = channels_ > decoded_channels_;
  for (size_t i = 0; i < heard.size(); ++i) {
    out[i * channels_ + channel] = heard[i];
    if (is_doubled) out[i * channels_ + channel + 1] = heard[i];
  }
  return static_cast<int>(heard.size() * channels_);
}

}  // namespace earshot
