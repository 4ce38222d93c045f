#ifndef EARSHOT_TEST_NTP_TIME_H_
#define EARSHOT_TEST_NTP_TIME_H_

#include <cstdint>

namespace earshot {

// Seconds since 1900 and their fraction; eras end where 32 bits do.
constexpr uint64_t NtpOf(int64_t unix_us) {
  constexpr int64_t kSecond = 1'000'000;
  const int64_t seconds = unix_us / kSecond + 2'208'988'800;
  const auto fraction = static_cast<uint64_t>(unix_us % kSecond);
  return (static_cast<uint64_t>(seconds) & 0xffffffff) << 32 |
         ((fraction << 32) + kSecond - 1) / kSecond;
}

}  // namespace earshot

#endif  // EARSHOT_TEST_NTP_TIME_H_
