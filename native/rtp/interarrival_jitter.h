#ifndef EARSHOT_RTP_INTERARRIVAL_JITTER_H_
#define EARSHOT_RTP_INTERARRIVAL_JITTER_H_

#include <cstdint>
#include <cstdlib>

namespace earshot {

// Interarrival jitter by the formula of RFC 3550 6.4.1 and A.8, in timestamp
// units, 4 fraction bits kept.
class InterarrivalJitter {
 public:
  void OnPacket(int64_t arrival_ticks, uint32_t timestamp) {
    const auto transit =
        static_cast<uint32_t>(arrival_ticks) - timestamp;  // Modulo 2^32.
    if (known_) {
      const auto change = static_cast<int32_t>(transit - transit_);
      const int64_t distance = std::llabs(int64_t{change});
      jitter_q4_ += distance - ((jitter_q4_ + 8) >> 4);
    }
    known_ = true;
    transit_ = transit;
  }

  int64_t jitter_q4() const { return jitter_q4_; }

 private:
  bool known_ = false;
  uint32_t transit_ = 0;
  int64_t jitter_q4_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RTP_INTERARRIVAL_JITTER_H_
