#ifndef EARSHOT_RECEIVER_NACK_PLANNER_H_
#define EARSHOT_RECEIVER_NACK_PLANNER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace earshot {

// A packet to ask the sender for (RFC 4585 6.2.1). Whoever owns the transport
// sends it; after `until_us` the packet would be of no use any more.
struct NackRequest {
  int64_t sequence = 0;  // Unwrapped.
  int64_t until_us = 0;
};

// Decides which missing packets are worth asking for, and when: not before
// common reordering has had its time, not when an answer could not come in time
// even for a repair, and twice at the most.
class NackPlanner {
 public:
  // `useful_us`: how long after it was missed a packet is still of use.
  explicit NackPlanner(int64_t useful_us) : useful_us_(useful_us) {}

  // Nothing is asked for before the round trip is known; above 0.
  void SetRoundTrip(int64_t rtt_us) { rtt_us_ = rtt_us; }

  void OnMissing(int64_t sequence, int64_t since_us);
  void OnHere(int64_t sequence);
  void Clear() { count_ = 0; }

  // Writes what is to be asked for at `now_us` and notes that it was asked.
  int Take(int64_t now_us, std::span<NackRequest> out);

  // When Take has something new after `now_us`; kNever (-1) for not at all.
  // What is due already wakes nobody again.
  int64_t DueUs(int64_t now_us) const;

 private:
  static constexpr size_t kCapacity = 64;
  struct Missing {
    int64_t sequence = 0;
    int64_t ask_us = 0;  // Next.
    int64_t until_us = 0;
    int asked = 0;
  };

  void Remove(size_t index);

  const int64_t useful_us_;
  int64_t rtt_us_ = 0;
  std::array<Missing, kCapacity> missing_;  // Oldest first.
  size_t count_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_NACK_PLANNER_H_
