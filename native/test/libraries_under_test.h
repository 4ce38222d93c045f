#ifndef EARSHOT_TEST_LIBRARIES_UNDER_TEST_H_
#define EARSHOT_TEST_LIBRARIES_UNDER_TEST_H_

#include <vector>

#include "opus/opus_library.h"

namespace earshot {

// The libopus that EARSHOT_LIBOPUS names, else the one that is built in.
const OpusLibrary& LibraryUnderTest();

// The one that is built in, and the one that EARSHOT_LIBOPUS names.
std::vector<OpusLibrary> LibrariesUnderTest();

// Nullptr where there is none, and the test that asks is reported as skipped:
// the one that EARSHOT_LIBOPUS names if it has deep PLC,
const OpusLibrary* DeepLibraryUnderTest();
// and the one that EARSHOT_LIBOPUS_DRED names.
const OpusLibrary* DredLibraryUnderTest();

}  // namespace earshot

#endif  // EARSHOT_TEST_LIBRARIES_UNDER_TEST_H_
