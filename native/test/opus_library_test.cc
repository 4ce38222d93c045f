// The libopus that is linked in, and shared ones that are opened by path.

#include "opus/opus_library.h"

#include <doctest/doctest.h>

#include <string>

#include "libraries_under_test.h"

namespace earshot {
namespace {

TEST_CASE("the libopus that is built in tells what it is") {
  const OpusFeatures& features = OpusLibrary::BuiltIn().features();
  CHECK(std::string(features.version) == "libopus 1.3.1");
  CHECK(features.mono_decoder_bytes > 10'000);
  CHECK(features.stereo_decoder_bytes > features.mono_decoder_bytes);
  CHECK_FALSE(features.deep_plc);
  CHECK_FALSE(features.dred);
}

TEST_CASE("a libopus that cannot be opened is told of, with what helps") {
  for (const std::string path :
       {"", "/nowhere/libopus.so.0", "libopus-of-nobody.so.0", "/"}) {
    CAPTURE(path);
    const OpenedOpusLibrary opened = OpusLibrary::Open(path);
    CHECK_FALSE(opened.library);
    CHECK(opened.error.find(path) != std::string::npos);
    CHECK(opened.error.find("libopus0") != std::string::npos);
  }
}

TEST_CASE("a library that is not a libopus is refused by what it lacks") {
  const OpenedOpusLibrary opened = OpusLibrary::Open("libm.so.6");
  CHECK_FALSE(opened.library);
  CHECK(opened.error.find("no opus_get_version_string") != std::string::npos);
}

TEST_CASE("a shared libopus is its own code, beside the one that is built in") {
  const OpusLibrary& library = LibraryUnderTest();
  const OpusLibrary& built_in = OpusLibrary::BuiltIn();
  if (library.functions().decode == built_in.functions().decode) {
    MESSAGE("skipped: EARSHOT_LIBOPUS does not name a shared libopus");
    return;
  }
  const OpusFeatures& features = library.features();
  CHECK(std::string(features.version) != built_in.features().version);
  // A network in the state without its use, or the other way round, is no
  // libopus that we know of.
  CHECK(features.deep_plc == (features.mono_decoder_bytes > 60'000));
  CHECK(std::string(built_in.functions().get_version_string()) ==
        "libopus 1.3.1");
}

}  // namespace
}  // namespace earshot
