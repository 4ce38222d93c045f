#ifndef EARSHOT_TEST_OUTPUT_CHECKER_H_
#define EARSHOT_TEST_OUTPUT_CHECKER_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "receiver/counters.h"
#include "receiver/frame.h"
#include "receiver/receiver.h"

namespace earshot {

// What must hold of everything a receiver hands out, whatever it was fed. Each
// check returns nothing (an empty view) when all holds, else the first rule
// that does not.
class OutputChecker {
 public:
  explicit OutputChecker(const ReceiverConfig& config) : config_(config) {}

  // To be called with the frames of every poll, in order. `pcm_samples` is the
  // size of the memory that the poll was given.
  std::string_view CheckPoll(std::span<const Frame> frames, size_t pcm_samples);

  // Compares the counters with what was seen so far and with the number of
  // packets pushed.
  std::string_view CheckCounters(const Counters& counters,
                                 int64_t pushed) const;

  int64_t frames() const { return frames_; }
  int64_t head_ticks() const { return head_ticks_; }
  int64_t first_ticks() const { return first_ticks_; }
  int64_t repair_ticks() const { return repair_ticks_; }

 private:
  std::string_view CheckFirst(const Frame& frame);
  std::string_view CheckRepair(const Frame& frame);

  const ReceiverConfig config_;
  int64_t frames_ = 0;
  int64_t head_ticks_ = 0;
  int64_t first_ticks_ = 0;   // Handed out with version 0.
  int64_t repair_ticks_ = 0;  // Handed out again.
  int64_t jumps_ = 0;
  int64_t missed_ = 0;
  std::array<int64_t, kProvenanceCount> provenance_ticks_ = {};
};

}  // namespace earshot

#endif  // EARSHOT_TEST_OUTPUT_CHECKER_H_
