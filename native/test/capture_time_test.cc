#include "receiver/capture_time.h"

#include <doctest/doctest.h>

#include "ntp_time.h"
#include "pcm_talk.h"
#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int64_t kSecond = 1'000'000;
constexpr int kExtension = 7;
// 2026-01-01 00:00:00 UTC, from 1970.
constexpr int64_t kNewYearUs = 1'767'225'600 * kSecond;

constexpr uint32_t kSsrc = 0x1234;

enum class Form { kOneByte, kTwoByte };

// A call whose packets at the places `tells` say when they were captured, the
// first sample of the call at `first_us`.
std::vector<SentPacket> TellingCall(const std::vector<size_t>& tells, Form form,
                                    int64_t first_us) {
  auto packets = Encode({});
  for (const size_t place : tells) {
    Bytes data;
    AppendNumber(data, NtpOf(first_us + static_cast<int64_t>(place) * 20 * kMs),
                 8);
    const auto header = ParseRtpHeader(packets[place].bytes);
    const Bytes payload(packets[place].bytes.begin() + 12,
                        packets[place].bytes.end());
    packets[place].bytes =
        WriteRtp({.payload_type = 111,
                  .sequence_number = header->sequence_number,
                  .timestamp = header->timestamp,
                  .extension = form == Form::kOneByte
                                   ? WriteOneByteExtension(kExtension, data)
                                   : WriteTwoByteExtension(kExtension, data)},
                 payload);
  }
  return packets;
}

ReceiverConfig TellingConfig() {
  ReceiverConfig config;
  config.capture_time_extension = kExtension;
  return config;
}

void CheckCaptured(const std::vector<HeardFrame>& heard, int64_t first_us) {
  for (const HeardFrame& frame : heard) {
    CAPTURE(frame.frame.media_ticks);
    REQUIRE(frame.frame.capture_us ==
            first_us + frame.frame.media_ticks * kMs / kTicksPerMs);
  }
}

TEST_CASE("NTP times become Unix times, in this era and in the next") {
  CHECK(UnixUsOfNtp(uint64_t{2'208'988'800} << 32) == 0);
  CHECK(UnixUsOfNtp(uint64_t{2'208'988'800} << 32 | 0x80000000) == 500'000);
  CHECK(UnixUsOfNtp(NtpOf(kNewYearUs + 123'456)) == kNewYearUs + 123'456);
  // The last second of the first era is in February 2036.
  constexpr int64_t kEraEndUs = (4'294'967'296 - 2'208'988'800) * kSecond;
  CHECK(UnixUsOfNtp(0xffffffff00000000) == kEraEndUs - kSecond);
  CHECK(UnixUsOfNtp(0) == kEraEndUs);
  CHECK(UnixUsOfNtp(NtpOf(kEraEndUs + 86'400 * kSecond)) ==
        kEraEndUs + 86'400 * kSecond);
}

TEST_CASE("nothing is known before the sender tells") {
  for (const HeardFrame& frame : Listen(TellingConfig(), Encode({}))) {
    REQUIRE(frame.frame.capture_us == kNever);
  }
}

TEST_CASE("one packet with abs-capture-time is enough, in both forms") {
  for (const Form form : {Form::kOneByte, Form::kTwoByte}) {
    const auto packets = TellingCall({0}, form, kNewYearUs);
    CheckCaptured(Listen(TellingConfig(), packets), kNewYearUs);
    // Loss does not move it.
    CheckCaptured(Listen(TellingConfig(), Without(packets, {30, 31, 32})),
                  kNewYearUs);
  }
}

TEST_CASE("the newest that was told counts") {
  // The sender's clock was set by an hour in between.
  auto packets = TellingCall({0}, Form::kOneByte, kNewYearUs);
  const auto later =
      TellingCall({50}, Form::kOneByte, kNewYearUs + 3600 * kSecond);
  packets[50] = later[50];
  const auto heard = Listen(TellingConfig(), packets);
  CHECK(heard[49].frame.capture_us == kNewYearUs + 49 * 20 * kMs);
  CHECK(heard[50].frame.capture_us ==
        kNewYearUs + 3600 * kSecond + 50 * 20 * kMs);
}

TEST_CASE("an old packet and one sent twice do not set the time back") {
  auto packets = TellingCall({0}, Form::kOneByte, kNewYearUs);
  const auto other = TellingCall({20, 40}, Form::kOneByte, kNewYearUs + 77);
  packets[20] = other[20];
  packets[20].at_us = packets[30].at_us + kMs;  // Overtaken by ten.
  SentPacket twice = packets[40];
  twice.bytes = other[40].bytes;
  twice.at_us += kMs;
  packets.push_back(twice);
  CheckCaptured(Listen(TellingConfig(), packets), kNewYearUs);
}

TEST_CASE("other numbers and cut elements are left alone") {
  ReceiverConfig config = TellingConfig();
  config.capture_time_extension = kExtension + 1;
  for (const HeardFrame& frame :
       Listen(config, TellingCall({0}, Form::kTwoByte, kNewYearUs))) {
    REQUIRE(frame.frame.capture_us == kNever);
  }
  auto packets = Encode({});
  packets[0].bytes =
      WriteRtp({.payload_type = 111,
                .sequence_number = 1000,
                .timestamp = 160'000,
                .extension = WriteOneByteExtension(kExtension, Bytes(7, 1))},
               Bytes(packets[0].bytes.begin() + 12, packets[0].bytes.end()));
  for (const HeardFrame& frame : Listen(TellingConfig(), packets)) {
    REQUIRE(frame.frame.capture_us == kNever);
  }
}

TEST_CASE("a sender report tells of every sample, before and behind it") {
  for (const int clock_rate_hz : {48'000, 8'000}) {
    CAPTURE(clock_rate_hz);
    const bool is_opus = clock_rate_hz == 48'000;
    const auto packets =
        is_opus ? Encode({})
                : EncodePcm({.format = {CodecKind::kPcmu, 8'000, 1}});
    Receiver receiver{ReceiverConfig()};
    // One of another sender says nothing of this one.
    receiver.OnSenderReport({kSsrc + 1, NtpOf(kNewYearUs), 1});
    std::vector<HeardFrame> heard;
    for (size_t i = 0; i < packets.size(); ++i) {
      receiver.Push(packets[i].bytes, packets[i].at_us);
      PollInto(receiver, packets[i].at_us, heard);
      // Of 10 s before the first packet, and of 10 s behind it.
      if (i == 9 || i == 49) {
        const int64_t from_ms = i == 9 ? -10'000 : 10'000;
        receiver.OnSenderReport(
            {kSsrc, NtpOf(kNewYearUs + from_ms * kMs),
             160'000 + static_cast<uint32_t>(from_ms * clock_rate_hz / 1000)});
      }
    }
    for (size_t i = 0; i < heard.size(); ++i) {
      CAPTURE(i);
      const int64_t expected =
          i <= 9 ? kNever
                 : kNewYearUs + heard[i].frame.media_ticks * kMs / kTicksPerMs;
      REQUIRE(heard[i].frame.capture_us == expected);
    }
  }
}

TEST_CASE("a sender report from before the first packet is kept for it") {
  Receiver receiver{ReceiverConfig()};
  receiver.OnSenderReport(
      {kSsrc, NtpOf(kNewYearUs - kSecond), 160'000 - 48'000});
  CheckCaptured(Listen(receiver, Encode({})), kNewYearUs);
}

TEST_CASE("a sender without a wall clock tells nothing") {
  Receiver receiver{ReceiverConfig()};
  const auto packets = Encode({});
  receiver.Push(packets[0].bytes, packets[0].at_us);
  receiver.OnSenderReport({kSsrc, 0, 160'000});
  for (const HeardFrame& frame :
       Listen(receiver, {packets.begin() + 1, packets.end()})) {
    REQUIRE(frame.frame.capture_us == kNever);
  }
}

TEST_CASE("abs-capture-time outranks sender reports") {
  const auto packets = TellingCall({0}, Form::kOneByte, kNewYearUs);
  Receiver receiver{TellingConfig()};
  receiver.Push(packets[0].bytes, packets[0].at_us);
  receiver.OnSenderReport({kSsrc, NtpOf(kNewYearUs + 5 * kSecond), 160'000});
  CheckCaptured(Listen(receiver, {packets.begin() + 1, packets.end()}),
                kNewYearUs);
}

TEST_CASE("the era of NTP may end in mid-call") {
  constexpr int64_t kEraEndUs = (4'294'967'296 - 2'208'988'800) * kSecond;
  const int64_t first_us = kEraEndUs - kSecond;  // 50 packets before.
  std::vector<size_t> all;
  for (size_t i = 0; i < 100; ++i) all.push_back(i);
  CheckCaptured(
      Listen(TellingConfig(), TellingCall(all, Form::kTwoByte, first_us)),
      first_us);
}

}  // namespace
}  // namespace earshot
