#ifndef EARSHOT_RECEIVER_SENDER_REPORTS_H_
#define EARSHOT_RECEIVER_SENDER_REPORTS_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace earshot {

// What a sender report (RFC 3550 6.4.1) says of one source: its wall clock, 32
// bits of seconds and of fractions, at an RTP timestamp.
struct SenderReport {
  uint32_t ssrc = 0;
  uint64_t ntp_time = 0;  // 0: the sender has no wall clock.
  uint32_t rtp_timestamp = 0;
};

// The last report of each of the sources that were heard of last: that of the
// stream, and of the one that may take its place. What is more than that cannot
// be told from forgery and pushes the oldest out.
class SenderReports {
 public:
  // Whether it tells anything.
  bool Note(const SenderReport& report);

  // The last of this source; nullptr where there is none.
  const SenderReport* Of(uint32_t ssrc) const;

 private:
  static constexpr size_t kSources = 4;
  std::array<SenderReport, kSources> reports_;  // The newest first.
  size_t used_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_SENDER_REPORTS_H_
