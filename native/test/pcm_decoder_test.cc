#include "codec/pcm_decoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "codec/coded_packet.h"
#include "codec/g711.h"
#include "dsp/level.h"
#include "pcm_talk.h"

namespace earshot {
namespace {

using Pcm = std::vector<int16_t>;

constexpr CodecFormat kPcmu = {CodecKind::kPcmu, 8'000, 1};
constexpr CodecFormat kPcma = {CodecKind::kPcma, 8'000, 1};
constexpr CodecFormat kL16 = {CodecKind::kL16, 16'000, 1};
constexpr CodecFormat kL16Stereo = {CodecKind::kL16, 48'000, 2};
constexpr CodecFormat kFormats[] = {
    kPcmu,
    kPcma,
    kL16,
    kL16Stereo,
    {CodecKind::kPcma, 32'000, 2},
    {CodecKind::kL16, 24'000, 1},
};

// Packet number `n` of 20 ms.
Bytes Packet(const CodecFormat& format, int n) {
  const int samples = format.clock_rate_hz / 50;
  return CodedVoice(format, int64_t{n} * samples, samples);
}

Pcm Room(int rate_hz, int channels, int ms = 20) {
  return Pcm(static_cast<size_t>(rate_hz / 1000 * ms * channels));
}

// Decodes packets 0..19 for a listener at 16 kHz, concealing the `lost` ones.
Pcm Listen(PcmDecoder& decoder, const CodecFormat& format, int first,
           const std::vector<int>& lost) {
  Pcm heard;
  for (int n = first; n < 20; ++n) {
    Pcm room = Room(16'000, 1);
    const bool is_lost = std::find(lost.begin(), lost.end(), n) != lost.end();
    const int samples = is_lost ? decoder.Conceal(room, Concealment::kClassic)
                                : decoder.Decode(Packet(format, n), room);
    CHECK(samples == static_cast<int>(room.size()));
    heard.insert(heard.end(), room.begin(), room.end());
  }
  return heard;
}

TEST_CASE("hands out what the codes mean") {
  Pcm out(20);
  Bytes codes(20);
  for (size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<uint8_t>(13 * i);
  }
  CHECK(PcmDecoder(kPcmu, 8'000, 1).Decode(codes, out) == 20);
  for (size_t i = 0; i < out.size(); ++i) CHECK(out[i] == kMuLaw[codes[i]]);
  CHECK(PcmDecoder(kPcma, 8'000, 1).Decode(codes, out) == 20);
  for (size_t i = 0; i < out.size(); ++i) CHECK(out[i] == kALaw[codes[i]]);

  Bytes linear(80);
  linear[0] = 0x80;
  linear[2] = 0x12;
  linear[3] = 0x34;
  linear[79] = 0xff;
  Pcm wide(40);
  CHECK(PcmDecoder(kL16, 16'000, 1).Decode(linear, wide) == 40);
  CHECK(wide[0] == -32'768);
  CHECK(wide[1] == 0x1234);
  CHECK(wide[39] == 255);
}

TEST_CASE("doubles mono, averages stereo, and keeps stereo apart") {
  Bytes stereo(480);  // 2.5 ms at 48 kHz: 1000 left, -4000 right.
  for (size_t i = 0; i < stereo.size(); i += 4) {
    stereo[i] = 0x03;
    stereo[i + 1] = 0xe8;
    stereo[i + 2] = 0xf0;
    stereo[i + 3] = 0x60;
  }
  Pcm mono(120);
  CHECK(PcmDecoder(kL16Stereo, 48'000, 1).Decode(stereo, mono) == 120);
  CHECK(std::count(mono.begin(), mono.end(), -1500) == 120);

  Pcm apart(240);
  CHECK(PcmDecoder(kL16Stereo, 48'000, 2).Decode(stereo, apart) == 240);
  CHECK(apart[100] == 1000);
  CHECK(apart[101] == -4000);

  Pcm doubled(40);
  CHECK(PcmDecoder(kPcmu, 8'000, 2).Decode(Bytes(20, 0x80), doubled) == 40);
  CHECK(std::count(doubled.begin(), doubled.end(), 32'124) == 40);
}

TEST_CASE("fills exactly the time of the packet at every listener's rate") {
  for (const CodecFormat& format : kFormats) {
    for (const int rate_hz : {8'000, 12'000, 16'000, 24'000, 48'000}) {
      for (const int channels : {1, 2}) {
        PcmDecoder decoder(format, rate_hz, channels);
        // 2.5 ms, 20 ms and 120 ms.
        for (const int blocks : {1, 8, 48}) {
          const auto samples =
              static_cast<size_t>(blocks * rate_hz / 400 * channels);
          const auto bytes = static_cast<size_t>(
              blocks * format.clock_rate_hz / 400 * PcmBytesPerSample(format));
          Pcm room(samples);
          CHECK(decoder.Decode(Bytes(bytes, 0x31), room) ==
                static_cast<int>(samples));
          CHECK(decoder.Conceal(room, Concealment::kDeep) ==
                static_cast<int>(samples));
        }
      }
    }
  }
}

TEST_CASE("audio comes out as much later as the decoder says") {
  CHECK(PcmDecoder(kL16, 16'000, 1).delay_samples() == 0);
  PcmDecoder decoder(kL16, 48'000, 1);
  Bytes click(640);
  click[200] = 0x40;  // Sample 100, which is 300 at 48 kHz.
  Pcm room = Room(48'000, 1);
  decoder.Decode(click, room);
  const auto peak = std::max_element(room.begin(), room.end()) - room.begin();
  CHECK(peak == 300 + decoder.delay_samples());
}

TEST_CASE("refuses a packet without touching its state") {
  PcmDecoder decoder(kPcmu, 16'000, 1);
  Pcm room = Room(16'000, 1);
  decoder.Decode(Packet(kPcmu, 0), room);
  PackedState before(decoder.StateBytes());
  decoder.SaveTo(before);

  CHECK(decoder.Decode({}, room) < 0);
  CHECK(decoder.Decode(Bytes(159), room) < 0);
  CHECK(decoder.Decode(Bytes(180), room) < 0);  // No room for it.
  CHECK(decoder.Decode(Bytes(2000), room) < 0);
  CHECK(decoder.DecodeLbrr(Packet(kPcmu, 1), room) < 0);

  PackedState after(decoder.StateBytes());
  decoder.SaveTo(after);
  CHECK(before == after);
}

TEST_CASE("goes on bit for bit from a saved state, in another decoder") {
  for (const CodecFormat& format : kFormats) {
    for (const bool with_loss : {false, true}) {
      PcmDecoder decoder(format, 16'000, 1);
      std::vector<int> lost;
      if (with_loss) lost = {9, 10, 14};
      for (int n = 0; n < 10; ++n) {
        Pcm room = Room(16'000, 1);
        if (with_loss && n == 9) {
          decoder.Conceal(room, Concealment::kClassic);
        } else {
          decoder.Decode(Packet(format, n), room);
        }
      }
      PackedState state(decoder.StateBytes());
      decoder.SaveTo(state);
      PcmDecoder other(format, 16'000, 1);
      other.RestoreFrom(state);

      CHECK(Listen(decoder, format, 10, lost) ==
            Listen(other, format, 10, lost));
    }
  }
}

TEST_CASE("a packet that comes late heals everything behind it") {
  PcmDecoder plain(kPcmu, 16'000, 1);
  const Pcm loss_free = Listen(plain, kPcmu, 0, {});
  PcmDecoder decoder(kPcmu, 16'000, 1);
  Pcm room = Room(16'000, 1);
  for (int n = 0; n < 7; ++n) decoder.Decode(Packet(kPcmu, n), room);
  PackedState state(decoder.StateBytes());
  decoder.SaveTo(state);
  decoder.Conceal(room, Concealment::kClassic);
  decoder.Decode(Packet(kPcmu, 8), room);

  decoder.RestoreFrom(state);

  const Pcm healed = Listen(decoder, kPcmu, 7, {});
  CHECK(std::equal(healed.begin(), healed.end(), loss_free.begin() + 7 * 320,
                   loss_free.end()));
}

TEST_CASE("a loss leaves no trace 10 ms after it") {
  for (const CodecFormat& format : kFormats) {
    PcmDecoder plain(format, 16'000, 1);
    PcmDecoder lossy(format, 16'000, 1);
    const Pcm loss_free = Listen(plain, format, 0, {});
    const Pcm heard = Listen(lossy, format, 0, {7, 8});

    const auto lost = heard.begin() + 7 * 320;
    CHECK_FALSE(std::equal(lost, lost + 640, loss_free.begin() + 7 * 320));
    CHECK(std::equal(lost + 640 + 160, heard.end(),
                     loss_free.begin() + 9 * 320 + 160));
  }
}

TEST_CASE("makes the noise that a comfort noise packet describes") {
  PcmDecoder decoder(kPcma, 16'000, 2);
  Pcm room = Room(16'000, 2);
  for (int n = 0; n < 10; ++n) decoder.Decode(Packet(kPcma, n), room);
  decoder.AnnounceSilence(Bytes{50, 60});
  // The filter still holds 1.5 ms of the voice.
  decoder.Conceal(room, Concealment::kClassic);
  Pcm noise;
  for (int i = 0; i < 100; ++i) {
    decoder.Conceal(room, Concealment::kClassic);
    noise.insert(noise.end(), room.begin(), room.end());
  }
  CHECK(LevelDb(noise) == doctest::Approx(-50).epsilon(0.02));
  for (size_t i = 0; i < noise.size(); i += 2) CHECK(noise[i] == noise[i + 1]);

  // Speech ends it; a loss then is speech again.
  for (int n = 0; n < 5; ++n) decoder.Decode(Packet(kPcma, n), room);
  decoder.Conceal(room, Concealment::kClassic);
  CHECK(LevelDb(room) > -20);
}

TEST_CASE("gives the two channels of stereo noise of their own") {
  PcmDecoder decoder(kL16Stereo, 48'000, 2);
  decoder.AnnounceSilence(Bytes{40});
  Pcm room = Room(48'000, 2, 100);
  decoder.Conceal(room, Concealment::kClassic);
  double product = 0;
  double energy = 0;
  for (size_t i = 0; i < room.size(); i += 2) {
    product += static_cast<double>(room[i]) * room[i + 1];
    energy += static_cast<double>(room[i]) * room[i];
  }
  CHECK(std::abs(product / energy) < 0.1);
}

TEST_CASE("forgets everything on reset") {
  PcmDecoder used(kL16, 16'000, 1);
  used.AnnounceSilence(Bytes{40});
  Listen(used, kL16, 0, {3});
  used.Reset();
  PcmDecoder fresh(kL16, 16'000, 1);

  CHECK(Listen(used, kL16, 0, {5}) == Listen(fresh, kL16, 0, {5}));
}

TEST_CASE("hostile payloads are refused or heard, and nothing else") {
  constexpr uint64_t kSeed = 20260126;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  int decoded = 0;
  for (const CodecFormat& format : kFormats) {
    PcmDecoder decoder(format, 24'000, 2);
    for (int i = 0; i < 1000; ++i) {
      Bytes payload(random.Below(3) == 0
                        ? random.Below(2000)
                        : static_cast<size_t>(format.clock_rate_hz / 400 *
                                              PcmBytesPerSample(format)) *
                              random.Below(9));
      for (uint8_t& byte : payload) {
        byte = static_cast<uint8_t>(random.Next() >> 32);
      }
      const auto packet = ParseCodedPacket(format, payload);
      // Room of exactly the packet's time, so that the sanitizer sees every
      // overrun.
      Pcm room(packet ? static_cast<size_t>(packet->duration_ticks) : 0);
      const int samples = decoder.Decode(payload, room);
      CHECK((samples >= 0) == packet.has_value());
      if (packet) CHECK(samples == packet->duration_ticks);
      decoded += samples > 0 ? 1 : 0;
      if (random.Below(4) == 0) {
        Pcm lost(120 * (1 + random.Below(48)));
        decoder.Conceal(lost, Concealment::kClassic);
      }
      if (random.Below(9) == 0 && !payload.empty()) {
        decoder.AnnounceSilence(payload);
      }
    }
  }
  CHECK(decoded > 1000);
}

}  // namespace
}  // namespace earshot
