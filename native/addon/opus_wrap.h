#ifndef EARSHOT_ADDON_OPUS_WRAP_H_
#define EARSHOT_ADDON_OPUS_WRAP_H_

#include <napi.h>

#include <optional>

#include "opus/opus_library.h"

namespace earshot {

// The libopus that is built in for undefined, else the shared one of that path;
// empty after scheduling an exception that says what to do.
std::optional<OpusLibrary> ReadOpusLibrary(Napi::Value path);

// OpusEncoder, OpusDecoder and opusFeatures().
void ExportOpus(Napi::Env env, Napi::Object exports);

}  // namespace earshot

#endif  // EARSHOT_ADDON_OPUS_WRAP_H_
