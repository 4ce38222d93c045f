#include "simulated_call.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "opus/opus_decoder_host.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr int kEncoderRateHz = 16000;

// A vowel-like sound: 24 harmonics of a slowly moving pitch, in syllables.
int16_t VoiceSample(int64_t n, bool voiced) {
  if (!voiced) return 0;
  const double t = static_cast<double>(n) / kEncoderRateHz;
  const double phase = 2 * std::numbers::pi *
                       (120 * t + 3 * std::sin(2 * std::numbers::pi * 0.7 * t));
  double sum = 0;
  for (int h = 1; h <= 24; ++h) sum += std::sin(h * phase) / (h + 2);
  const double syllable = 0.6 + 0.4 * std::sin(2 * std::numbers::pi * 4 * t);
  return static_cast<int16_t>(4000 * sum * syllable);
}

}  // namespace

std::vector<SentPacket> Encode(const Talk& talk) {
  OpusEncoderSettings settings;
  settings.sample_rate_hz = kEncoderRateHz;
  settings.bitrate_bps = talk.bitrate_bps;
  settings.in_band_fec = talk.fec;
  settings.expected_loss_percent = talk.fec ? 20 : 0;
  settings.dtx = talk.dtx;
  OpusEncoderHost encoder(settings);

  const int frame_samples = kEncoderRateHz * talk.frame_ms / 1000;
  std::vector<int16_t> pcm(static_cast<size_t>(frame_samples));
  Bytes payload(1500);
  std::vector<SentPacket> packets;
  uint16_t sequence_number = talk.first_sequence_number;
  int silent_run = 0;
  for (int i = 0; i < talk.frames; ++i) {
    const bool voiced = !talk.voiced || talk.voiced(i);
    for (int s = 0; s < frame_samples; ++s) {
      const int64_t at = int64_t{i} * frame_samples + s;
      pcm[static_cast<size_t>(s)] =
          talk.recording.empty() ? VoiceSample(at, voiced)
                                 : talk.recording[static_cast<size_t>(at)];
    }
    const int size = encoder.Encode(pcm, payload);
    silent_run = size <= 2 ? silent_run + 1 : 0;
    if (silent_run > 1 && silent_run % (400 / talk.frame_ms) != 0) continue;

    SentPacket packet;
    packet.at_us = int64_t{1000} * talk.frame_ms * (i + 1);
    const auto timestamp =
        talk.first_timestamp + static_cast<uint32_t>(48 * talk.frame_ms * i);
    packet.bytes =
        WriteRtp({.payload_type = talk.payload_type,
                  .sequence_number = sequence_number++,
                  .timestamp = timestamp,
                  .ssrc = talk.ssrc},
                 std::span(payload).first(static_cast<size_t>(size)));
    packets.push_back(std::move(packet));
  }
  return packets;
}

bool HeardFrame::operator==(const HeardFrame& other) const {
  return at_us == other.at_us && pcm == other.pcm &&
         frame.media_ticks == other.frame.media_ticks &&
         frame.duration_ticks == other.frame.duration_ticks &&
         frame.provenance == other.frame.provenance &&
         frame.version == other.frame.version &&
         frame.latency_us == other.frame.latency_us;
}

void PollInto(Receiver& receiver, int64_t now_us,
              std::vector<HeardFrame>& heard) {
  std::array<int16_t, 4 * 5760> pcm;
  std::array<Frame, 16> frames;
  while (const int count = receiver.Poll(now_us, pcm, frames)) {
    for (const Frame& frame :
         std::span(frames).first(static_cast<size_t>(count))) {
      const auto samples =
          std::span(pcm).subspan(static_cast<size_t>(frame.sample_offset),
                                 static_cast<size_t>(frame.sample_count));
      heard.push_back({now_us, frame, {samples.begin(), samples.end()}});
    }
  }
}

std::vector<HeardFrame> Listen(Receiver& receiver,
                               std::vector<SentPacket> packets) {
  std::stable_sort(packets.begin(), packets.end(),
                   [](const SentPacket& a, const SentPacket& b) {
                     return a.at_us < b.at_us;
                   });
  std::vector<HeardFrame> heard;
  int64_t now_us = 0;
  for (const SentPacket& packet : packets) {
    for (int64_t at = receiver.NextWakeupUs();
         at != kNever && at < packet.at_us; at = receiver.NextWakeupUs()) {
      PollInto(receiver, at, heard);
    }
    now_us = packet.at_us;
    receiver.Push(packet.bytes, now_us);
    PollInto(receiver, now_us, heard);
  }
  receiver.End();
  PollInto(receiver, now_us, heard);
  return heard;
}

std::vector<HeardFrame> Listen(const ReceiverConfig& config,
                               const std::vector<SentPacket>& packets) {
  Receiver receiver(config);
  return Listen(receiver, packets);
}

std::vector<int16_t> DecodePlainly(const std::vector<SentPacket>& packets,
                                   int sample_rate_hz,
                                   const OpusLibrary& library) {
  OpusDecoderHost decoder(library, sample_rate_hz, /*channels=*/1);
  std::vector<int16_t> all;
  std::array<int16_t, 5760> pcm;
  for (const SentPacket& packet : packets) {
    const auto header = ParseRtpHeader(packet.bytes);
    const int samples = decoder.Decode(
        std::span(packet.bytes).subspan(header->payload_offset), pcm);
    all.insert(all.end(), pcm.begin(), pcm.begin() + samples);
  }
  return all;
}

std::vector<int16_t> JoinPcm(const std::vector<HeardFrame>& heard) {
  std::vector<int16_t> all;
  for (const HeardFrame& frame : heard) {
    all.insert(all.end(), frame.pcm.begin(), frame.pcm.end());
  }
  return all;
}

int64_t TicksFrom(const std::vector<HeardFrame>& heard, Provenance provenance) {
  int64_t ticks = 0;
  for (const HeardFrame& frame : heard) {
    if (frame.frame.version == 0 && frame.frame.provenance == provenance) {
      ticks += frame.frame.duration_ticks;
    }
  }
  return ticks;
}

bool TilesTheTimeline(const std::vector<HeardFrame>& heard) {
  int64_t head = 0;
  for (const HeardFrame& frame : heard) {
    if (frame.frame.version > 0) continue;
    if (frame.frame.media_ticks != head) return false;
    head += frame.frame.duration_ticks;
  }
  return true;
}

int64_t Repaired::TicksFrom(Provenance wanted) const {
  return kGridTicks * std::count(provenance.begin(), provenance.end(), wanted);
}

Repaired ApplyRepairs(const std::vector<HeardFrame>& heard,
                      int sample_rate_hz) {
  Repaired repaired;
  const auto samples_per_cell = sample_rate_hz * kGridTicks / 48'000;
  for (const HeardFrame& frame : heard) {
    const auto cell = static_cast<size_t>(frame.frame.media_ticks / kGridTicks);
    const auto cells =
        static_cast<size_t>(frame.frame.duration_ticks / kGridTicks);
    if (repaired.provenance.size() < cell + cells) {
      repaired.provenance.resize(cell + cells, Provenance::kSilence);
      repaired.pcm.resize((cell + cells) *
                          static_cast<size_t>(samples_per_cell));
    }
    std::fill_n(repaired.provenance.begin() + static_cast<ptrdiff_t>(cell),
                cells, frame.frame.provenance);
    std::copy(
        frame.pcm.begin(), frame.pcm.end(),
        repaired.pcm.begin() + static_cast<ptrdiff_t>(cell) * samples_per_cell);
  }
  return repaired;
}

size_t PlaceBeforeCopy(const std::vector<SentPacket>& packets, size_t length) {
  size_t place = 50;
  while (
      !ParseOpusPacket(std::span(packets.at(place + length).bytes).subspan(12))
           ->has_lbrr) {
    ++place;
  }
  return place;
}

std::vector<SentPacket> Without(std::vector<SentPacket> packets,
                                const std::vector<size_t>& lost) {
  for (auto place = lost.rbegin(); place != lost.rend(); ++place) {
    packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(*place));
  }
  return packets;
}

uint64_t Random::Next() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return state_ * 0x2545f4914f6cdd1dull;
}

}  // namespace earshot
