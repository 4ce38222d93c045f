#ifndef EARSHOT_RECEIVER_CAPTURE_TIME_H_
#define EARSHOT_RECEIVER_CAPTURE_TIME_H_

#include <cstdint>

#include "opus/opus_packet.h"
#include "receiver/frame.h"

namespace earshot {

// When audio was captured by the sender's wall clock, from pairs of a media
// position and a time that the sender told. Times are µs since 1970.
class CaptureTime {
 public:
  // From a sender report (RFC 3550 6.4.1). Ignored once the stream carries
  // abs-capture-time, which tells of the capture itself.
  void OnSenderReport(int64_t ticks, int64_t unix_us) {
    if (!has_abs_capture_time_) Set(ticks, unix_us);
  }

  // From a header extension abs-capture-time.
  void OnAbsCaptureTime(int64_t ticks, int64_t unix_us) {
    has_abs_capture_time_ = true;
    Set(ticks, unix_us);
  }

  // Of the sample at `ticks`; kNever while the sender has told nothing.
  int64_t At(int64_t ticks) const {
    if (!is_known_) return kNever;
    return unix_us_ + (ticks - ticks_) * 1000 / kTicksPerMs;
  }

 private:
  void Set(int64_t ticks, int64_t unix_us) {
    is_known_ = true;
    ticks_ = ticks;
    unix_us_ = unix_us;
  }

  bool is_known_ = false;
  bool has_abs_capture_time_ = false;
  int64_t ticks_ = 0;
  int64_t unix_us_ = 0;
};

// µs since 1970 of an NTP timestamp, 32 bits of seconds and of fractions. Its
// era ends in 2036; what lies before 1968 is taken for the next one.
constexpr int64_t UnixUsOfNtp(uint64_t ntp) {
  constexpr int64_t kUnixEpochSeconds = 2'208'988'800;  // 1970 from 1900.
  auto seconds = static_cast<int64_t>(ntp >> 32);
  if (seconds < int64_t{1} << 31) seconds += int64_t{1} << 32;
  const auto fraction_us =
      static_cast<int64_t>((ntp & 0xffffffff) * 1'000'000 >> 32);
  return (seconds - kUnixEpochSeconds) * 1'000'000 + fraction_us;
}

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_CAPTURE_TIME_H_
