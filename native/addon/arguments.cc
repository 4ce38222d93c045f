#include "addon/arguments.h"

#include <cmath>

namespace earshot {
namespace {

// One call of N-API where Napi::TypedArray makes three: looking at an argument
// is most of what a short call costs.
template <typename Element>
std::optional<std::span<Element>> ElementsOf(Napi::Value value,
                                             napi_typedarray_type wanted) {
  if (!value.IsTypedArray()) return std::nullopt;
  napi_typedarray_type type;
  size_t length;
  void* data;
  if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data,
                               nullptr, nullptr) != napi_ok ||
      type != wanted) {
    return std::nullopt;
  }
  return std::span<Element>(static_cast<Element*>(data), length);
}

template <typename Element>
std::optional<std::span<Element>> ReadElements(Napi::Value value,
                                               const char* name,
                                               napi_typedarray_type wanted,
                                               const char* type_name) {
  if (auto elements = ElementsOf<Element>(value, wanted)) return elements;
  ThrowType(value.Env(), std::string(name) + " must be " + type_name);
  return std::nullopt;
}

}  // namespace

void ThrowType(Napi::Env env, const std::string& message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
}

std::optional<std::span<const uint8_t>> ReadBytes(Napi::Value value,
                                                  const char* name) {
  return ReadElements<const uint8_t>(value, name, napi_uint8_array,
                                     "a Uint8Array");
}

std::optional<std::span<int16_t>> ReadPcm(Napi::Value value, const char* name) {
  return ReadElements<int16_t>(value, name, napi_int16_array, "an Int16Array");
}

std::optional<std::span<uint32_t>> ReadUint32s(Napi::Value value,
                                               const char* name) {
  return ReadElements<uint32_t>(value, name, napi_uint32_array,
                                "a Uint32Array");
}

std::optional<std::span<double>> ReadDoubles(Napi::Value value,
                                             const char* name) {
  return ReadElements<double>(value, name, napi_float64_array,
                              "a Float64Array");
}

std::optional<PacketPlaces> ReadPacketPlaces(const Napi::CallbackInfo& info) {
  const auto bytes = ReadBytes(info[0], "bytes");
  if (!bytes) return std::nullopt;
  const auto starts = ReadUint32s(info[1], "starts");
  if (!starts) return std::nullopt;
  const auto lengths = ReadUint32s(info[2], "lengths");
  if (!lengths) return std::nullopt;
  return PacketPlaces{*bytes, *starts, *lengths};
}

std::optional<std::span<const uint8_t>> PacketAt(Napi::Env env,
                                                 const PacketPlaces& places,
                                                 size_t index) {
  const size_t start = places.starts[index];
  const size_t length = places.lengths[index];
  if (start <= places.bytes.size() && length <= places.bytes.size() - start) {
    return places.bytes.subspan(start, length);
  }
  ThrowType(env, "a packet lies outside of bytes");
  return std::nullopt;
}

std::optional<int64_t> ReadInteger(Napi::Value value, const char* name,
                                   int64_t min, int64_t max) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number == std::floor(number) && number >= static_cast<double>(min) &&
        number <= static_cast<double>(max)) {
      return static_cast<int64_t>(number);
    }
  }
  ThrowType(value.Env(), std::string(name) + " must be an integer in " +
                             std::to_string(min) + ".." + std::to_string(max));
  return std::nullopt;
}

}  // namespace earshot
