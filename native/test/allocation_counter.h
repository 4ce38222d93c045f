#ifndef EARSHOT_TEST_ALLOCATION_COUNTER_H_
#define EARSHOT_TEST_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace earshot {

struct Allocations {
  int64_t count = 0;
  int64_t bytes = 0;
};

// Of the whole program, by whatever way they were made, libopus's too, since
// the first call.
Allocations AllocationsSoFar();

// What `work` allocates.
template <typename Work>
Allocations AllocationsOf(const Work& work) {
  const Allocations before = AllocationsSoFar();
  work();
  const Allocations after = AllocationsSoFar();
  return {after.count - before.count, after.bytes - before.bytes};
}

}  // namespace earshot

#endif  // EARSHOT_TEST_ALLOCATION_COUNTER_H_
