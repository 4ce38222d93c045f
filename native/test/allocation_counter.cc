#include "allocation_counter.h"

#include <doctest/doctest.h>

#include <cstddef>

// Of the sanitizers' runtime that these tests are linked with (compiler-rt,
// sanitizer/allocator_interface.h, which GCC has without the header).
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void*, size_t),
    void (*on_free)(const volatile void*));

namespace earshot {
namespace {

Allocations allocations;

void CountAllocation(const volatile void*, size_t bytes) {
  ++allocations.count;
  allocations.bytes += static_cast<int64_t>(bytes);
}
void IgnoreFree(const volatile void*) {}

}  // namespace

Allocations AllocationsSoFar() {
  static const int installed =
      __sanitizer_install_malloc_and_free_hooks(CountAllocation, IgnoreFree);
  REQUIRE(installed > 0);
  return allocations;
}

}  // namespace earshot
