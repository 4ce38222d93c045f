#ifndef EARSHOT_FUZZ_EXPECT_H_
#define EARSHOT_FUZZ_EXPECT_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace earshot {

// Ends the program, with the rule that was broken, so that libFuzzer keeps the
// input.
inline void Expect(bool holds, std::string_view rule) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %.*s\n", static_cast<int>(rule.size()),
               rule.data());
  std::abort();
}

}  // namespace earshot

#endif  // EARSHOT_FUZZ_EXPECT_H_
