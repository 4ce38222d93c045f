#ifndef EARSHOT_RECEIVER_HOST_STALLS_H_
#define EARSHOT_RECEIVER_HOST_STALLS_H_

#include <algorithm>
#include <cstdint>

#include "receiver/frame.h"

namespace earshot {

// Tells when the program around the engine stood still: it had asked to be
// called, and nothing at all was heard of it until much later. What the network
// had brought meanwhile waits in a socket and is stamped when it is read, all
// at once: such an arrival says nothing of the path. Where the host stamps by
// the kernel's time the arrivals themselves go on, and no stall is seen.
class HostStalls {
 public:
  // The host called, or a packet came, at `now_us`. `due_us`: when it had been
  // asked to call at the latest; kNever for not at all.
  void OnCall(int64_t now_us, int64_t due_us) {
    // A host that was behind before has only a habit of coming late.
    if (due_us != kNever && due_us >= last_call_us_ &&
        now_us - due_us >= kLeastUs) {
      ++count_;
      end_us_ = now_us;
    }
    last_call_us_ = std::max(last_call_us_, now_us);
  }

  // Whether a packet that would have come at `line_us` over the path at its
  // best, and came at `arrival_us`, may have waited for the host.
  bool HeldBack(int64_t line_us, int64_t arrival_us) const {
    return count_ > 0 && line_us < end_us_ && arrival_us >= end_us_ &&
           arrival_us - end_us_ < kDrainUs;
  }

  int64_t count() const { return count_; }

 private:
  // Five ticks of a host that looks every 10 ms.
  static constexpr int64_t kLeastUs = 50'000;
  // Sockets are empty by then. What is as late after that, the path made late.
  static constexpr int64_t kDrainUs = 500'000;

  int64_t last_call_us_ = kNever;
  int64_t end_us_ = kNever;  // Of the last stall.
  int64_t count_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_HOST_STALLS_H_
