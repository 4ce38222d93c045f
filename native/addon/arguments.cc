#include "addon/arguments.h"

#include <cmath>

namespace earshot {

void ThrowType(Napi::Env env, const std::string& message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
}

std::optional<std::span<const uint8_t>> ReadBytes(Napi::Value value,
                                                  const char* name) {
  if (value.IsTypedArray() &&
      value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array) {
    auto bytes = value.As<Napi::Uint8Array>();
    return std::span<const uint8_t>(bytes.Data(), bytes.ElementLength());
  }
  ThrowType(value.Env(), std::string(name) + " must be a Uint8Array");
  return std::nullopt;
}

std::optional<std::span<int16_t>> ReadPcm(Napi::Value value, const char* name) {
  if (value.IsTypedArray() &&
      value.As<Napi::TypedArray>().TypedArrayType() == napi_int16_array) {
    auto pcm = value.As<Napi::Int16Array>();
    return std::span<int16_t>(pcm.Data(), pcm.ElementLength());
  }
  ThrowType(value.Env(), std::string(name) + " must be an Int16Array");
  return std::nullopt;
}

std::optional<std::span<double>> ReadDoubles(Napi::Value value,
                                             const char* name) {
  if (value.IsTypedArray() &&
      value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
    auto numbers = value.As<Napi::Float64Array>();
    return std::span<double>(numbers.Data(), numbers.ElementLength());
  }
  ThrowType(value.Env(), std::string(name) + " must be a Float64Array");
  return std::nullopt;
}

std::optional<std::span<uint32_t>> ReadNumbers(Napi::Value value,
                                               const char* name, size_t count) {
  if (value.IsTypedArray() &&
      value.As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array) {
    auto numbers = value.As<Napi::Uint32Array>();
    if (numbers.ElementLength() >= count) {
      return std::span<uint32_t>(numbers.Data(), numbers.ElementLength());
    }
  }
  ThrowType(value.Env(), std::string(name) + " must be a Uint32Array of " +
                             std::to_string(count) + " numbers");
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
