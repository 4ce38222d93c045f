#include "codec/codec.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "simulated_call.h"

namespace earshot {
namespace {

void CheckRefused(std::string_view rtpmap, CodecRefusal refusal,
                  std::string_view refused) {
  CAPTURE(rtpmap);
  const CodecParse parse = ParseCodecFormat(rtpmap);
  CHECK_FALSE(parse.format);
  CHECK(parse.refusal == refusal);
  CHECK(parse.refused == refused);
}

TEST_CASE("reads the formats that senders name") {
  CHECK(ParseCodecFormat("opus/48000/2").format ==
        CodecFormat{CodecKind::kOpus, 48'000, 2});
  CHECK(ParseCodecFormat("PCMU/8000").format ==
        CodecFormat{CodecKind::kPcmu, 8'000, 1});
  CHECK(ParseCodecFormat("pcma/8000/1").format ==
        CodecFormat{CodecKind::kPcma, 8'000, 1});
  CHECK(ParseCodecFormat("L16/16000/2").format ==
        CodecFormat{CodecKind::kL16, 16'000, 2});
  CHECK(ParseCodecFormat("CN/32000").format ==
        CodecFormat{CodecKind::kComfortNoise, 32'000, 1});
  CHECK(ParseCodecFormat("Telephone-Event/48000").format ==
        CodecFormat{CodecKind::kTelephoneEvent, 48'000, 1});
  CHECK(ParseCodecFormat("red/48000/2").format ==
        CodecFormat{CodecKind::kRed, 48'000, 2});
  CHECK(ParseCodecFormat("red/48000/2").refusal == CodecRefusal::kNone);
}

TEST_CASE("tells formats of audio from those beside it") {
  for (const auto* audio :
       {"opus/48000/2", "PCMU/8000", "PCMA/8000", "L16/48000"}) {
    CHECK(IsAudio(ParseCodecFormat(audio).format->kind));
  }
  for (const auto* beside :
       {"CN/8000", "telephone-event/8000", "red/48000/2"}) {
    CHECK_FALSE(IsAudio(ParseCodecFormat(beside).format->kind));
  }
}

TEST_CASE("says what of a format is not supported") {
  CheckRefused("G722/8000", CodecRefusal::kEncoding, "G722");
  CheckRefused("iLBC/8000", CodecRefusal::kEncoding, "iLBC");
  CheckRefused("opu/48000/2", CodecRefusal::kEncoding, "opu");
  CheckRefused("opuss/48000/2", CodecRefusal::kEncoding, "opuss");
  CheckRefused("L16/44100/2", CodecRefusal::kClockRate, "44100");
  CheckRefused("opus/16000/2", CodecRefusal::kClockRate, "16000");
  CheckRefused("L16/48000/6", CodecRefusal::kChannels, "6");
  CheckRefused("CN/8000/2", CodecRefusal::kChannels, "2");
}

TEST_CASE("refuses what is no rtpmap") {
  for (const auto* rtpmap :
       {"", "/", "opus", "opus/", "/48000", "opus/48000/", "opus//2",
        "opus/48000/2/", "opus/48000/2/1", "opus/48000/0", "opus/-48000/2",
        "opus/+48000", "opus/48000 /2", "opus/0x10", "opus/99999999999/2"}) {
    CheckRefused(rtpmap, CodecRefusal::kMalformed, "");
  }
  CheckRefused(std::string(60, 'a') + "/8000", CodecRefusal::kMalformed, "");
}

TEST_CASE("never reads behind hostile text") {
  constexpr uint64_t kSeed = 31;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  int formats = 0;
  int refusals = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(StaticRtpmap(random.Below(2) == 0 ? 10 : 13));
    for (uint64_t times = random.Below(4); times > 0; --times) {
      text[random.Below(text.size())] = static_cast<char>(random.Next() >> 32);
    }
    // A heap copy of exactly this size, cut anywhere.
    const std::vector<char> exact(
        text.begin(),
        text.begin() + static_cast<std::ptrdiff_t>(
                           text.size() - random.Below(3) * random.Below(4)));
    const CodecParse parse =
        ParseCodecFormat(std::string_view(exact.data(), exact.size()));
    CHECK(parse.format.has_value() == (parse.refusal == CodecRefusal::kNone));
    (parse.format ? formats : refusals) += 1;
  }
  CHECK(formats > 1000);
  CHECK(refusals > 1000);
}

TEST_CASE("knows the static payload types, refused ones by their name") {
  CHECK(ParseCodecFormat(StaticRtpmap(0)).format->kind == CodecKind::kPcmu);
  CHECK(ParseCodecFormat(StaticRtpmap(8)).format->kind == CodecKind::kPcma);
  CHECK(ParseCodecFormat(StaticRtpmap(13)).format->kind ==
        CodecKind::kComfortNoise);
  CheckRefused(StaticRtpmap(9), CodecRefusal::kEncoding, "G722");
  CheckRefused(StaticRtpmap(10), CodecRefusal::kClockRate, "44100");
  CheckRefused(StaticRtpmap(11), CodecRefusal::kClockRate, "44100");
  CHECK(StaticRtpmap(111).empty());
  CHECK(StaticRtpmap(-1).empty());
}

TEST_CASE("clock ticks become media ticks and return") {
  for (const int rate_hz : {8'000, 16'000, 24'000, 32'000, 48'000}) {
    const CodecFormat format = {CodecKind::kL16, rate_hz, 1};
    CHECK(ClockToMediaTicks(rate_hz, format) == 48'000);
    for (int64_t clock = -1000; clock <= 1000; clock += 2) {
      CHECK(MediaToClockTicks(ClockToMediaTicks(clock, format), format) ==
            clock);
    }
    // Equal steps on both sides of 0: rounded down, not towards it.
    CHECK(MediaToClockTicks(-1, format) == -1);
  }
}

}  // namespace
}  // namespace earshot
