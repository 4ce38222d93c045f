#ifndef EARSHOT_RECEIVER_DELAY_MODEL_H_
#define EARSHOT_RECEIVER_DELAY_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace earshot {

// What is at stake at a hole.
struct HoleStakes {
  // What the packet is worth over what would be used in its place, in expected
  // word errors.
  double gain = 0;
  int64_t waited_us = 0;  // Since the hole was seen.
  int64_t most_us = 0;    // The deadline, from when the hole was seen.
  int64_t queued_us = 0;  // Audio behind the hole that waits with it.
};

// What the path has taught about lateness: how long after the best case packets
// come, and whether and how soon a hole is still filled, by reordering or by a
// retransmission.
class DelayModel {
 public:
  // `deadline_us`: the longest a hole may be waited for. `eagerness`: the price
  // of delay as a multiple of the usual one; at 0 every hole is waited for as
  // long as it may be.
  explicit DelayModel(int64_t deadline_us, double eagerness = 1);

  // A packet came this long after the minimum-delay line.
  void OnPacket(int64_t late_us);

  // A packet that was missing came this long after a newer one had shown it.
  void OnHoleFilled(int64_t after_us);

  // A packet that was missing did not come in time for anything to be learnt.
  void OnHoleLost();

  // Longer than that a hole is not observed.
  int64_t HorizonUs() const { return hole_bin_us_ * int64_t{kBins}; }

  // The lateness that all but one packet in 200 stay within, µs.
  int64_t UsualLatenessUs() const;

  // When to stop waiting at a hole, counted from when it was seen: the time at
  // which the expected gain less the price of delay is the highest. At most
  // `waited_us` when waiting is not worth it any more.
  int64_t BestStopUs(const HoleStakes& stakes) const;

 private:
  static constexpr size_t kBins = 256;
  std::array<float, kBins> late_ = {};  // Bins of 1 ms.
  float late_total_ = 0;
  float late_weight_ = 1;  // Of the next packet: forgetting by growing weights.
  const double price_per_us_;  // Of a µs of audio being a µs later.
  const int64_t hole_bin_us_;  // At least 1 ms, so that the deadline fits in.
  const size_t deadline_bins_;
  std::array<float, kBins> filled_ = {};
  float never_filled_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_DELAY_MODEL_H_
