#ifndef EARSHOT_ADDON_ARGUMENTS_H_
#define EARSHOT_ADDON_ARGUMENTS_H_

#include <napi.h>

#include <algorithm>
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

// Where packets lie in a memory: columns, each of `size()` at least.
struct PacketPlaces {
  std::span<const uint8_t> bytes;
  std::span<const uint32_t> starts;
  std::span<const uint32_t> lengths;

  size_t size() const { return std::min(starts.size(), lengths.size()); }
};

// The first three arguments of a call.
std::optional<PacketPlaces> ReadPacketPlaces(const Napi::CallbackInfo& info);

// The packet at an index below size(); it must lie in the memory.
std::optional<std::span<const uint8_t>> PacketAt(Napi::Env env,
                                                 const PacketPlaces& places,
                                                 size_t index);

// An integer in min..max.
std::optional<int64_t> ReadInteger(Napi::Value value, const char* name,
                                   int64_t min, int64_t max);

void ThrowType(Napi::Env env, const std::string& message);

}  // namespace earshot

#endif  // EARSHOT_ADDON_ARGUMENTS_H_
