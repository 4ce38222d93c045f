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

}  // namespace

void ThrowType(Napi::Env env, const std::string& message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
}

std::optional<std::span<const uint8_t>> ReadBytes(Napi::Value value,
                                                  const char* name) {
  if (auto bytes = ElementsOf<const uint8_t>(value, napi_uint8_array)) {
    return bytes;
  }
  ThrowType(value.Env(), std::string(name) + " must be a Uint8Array");
  return std::nullopt;
}

std::optional<std::span<int16_t>> ReadPcm(Napi::Value value, const char* name) {
  if (auto pcm = ElementsOf<int16_t>(value, napi_int16_array)) return pcm;
  ThrowType(value.Env(), std::string(name) + " must be an Int16Array");
  return std::nullopt;
}

std::optional<std::span<uint32_t>> ReadUint32s(Napi::Value value,
                                               const char* name) {
  if (auto numbers = ElementsOf<uint32_t>(value, napi_uint32_array)) {
    return numbers;
  }
  ThrowType(value.Env(), std::string(name) + " must be a Uint32Array");
  return std::nullopt;
}

std::optional<std::span<double>> ReadDoubles(Napi::Value value,
                                             const char* name) {
  if (auto numbers = ElementsOf<double>(value, napi_float64_array)) {
    return numbers;
  }
  ThrowType(value.Env(), std::string(name) + " must be a Float64Array");
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
