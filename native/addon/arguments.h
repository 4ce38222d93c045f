#ifndef EARSHOT_ADDON_ARGUMENTS_H_
#define EARSHOT_ADDON_ARGUMENTS_H_

#include <napi.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace earshot {

// Every reader returns empty after scheduling a TypeError when the value is not
// what it should be: TypeScript checks ranges with better words before, so
// these only keep a wrong call from touching memory.

std::optional<std::span<const uint8_t>> ReadBytes(Napi::Value value,
                                                  const char* name);
std::optional<std::span<int16_t>> ReadPcm(Napi::Value value, const char* name);
std::optional<std::span<uint32_t>> ReadUint32s(Napi::Value value,
                                               const char* name);
std::optional<std::span<double>> ReadDoubles(Napi::Value value,
                                             const char* name);

// An integer in min..max.
std::optional<int64_t> ReadInteger(Napi::Value value, const char* name,
                                   int64_t min, int64_t max);

void ThrowType(Napi::Env env, const std::string& message);

}  // namespace earshot

#endif  // EARSHOT_ADDON_ARGUMENTS_H_
