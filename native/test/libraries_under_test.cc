#include "libraries_under_test.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace earshot {
namespace {

// Empty where the variable is not set. A library that cannot be used fails the
// test that asks for it.
std::optional<OpusLibrary> OpenFrom(const char* variable) {
  const char* const path = std::getenv(variable);
  if (path == nullptr || *path == '\0') return std::nullopt;
  const OpenedOpusLibrary opened = OpusLibrary::Open(path);
  INFO(variable << ": " << opened.error);
  REQUIRE(opened.library);
  return opened.library;
}

const std::optional<OpusLibrary>& Named() {
  static const auto named = OpenFrom("EARSHOT_LIBOPUS");
  return named;
}

}  // namespace

const OpusLibrary& LibraryUnderTest() {
  return Named() ? *Named() : OpusLibrary::BuiltIn();
}

std::vector<OpusLibrary> LibrariesUnderTest() {
  std::vector<OpusLibrary> libraries = {OpusLibrary::BuiltIn()};
  if (Named()) libraries.push_back(*Named());
  return libraries;
}

const OpusLibrary* DeepLibraryUnderTest() {
  if (LibraryUnderTest().features().deep_plc) return &LibraryUnderTest();
  MESSAGE("skipped: EARSHOT_LIBOPUS does not name a libopus with deep PLC");
  return nullptr;
}

const OpusLibrary* DredLibraryUnderTest() {
  static const auto named = OpenFrom("EARSHOT_LIBOPUS_DRED");
  if (!named) {
    MESSAGE(
        "skipped: EARSHOT_LIBOPUS_DRED does not name a libopus built with "
        "--enable-dred");
    return nullptr;
  }
  REQUIRE(named->features().dred);
  return &*named;
}

}  // namespace earshot
