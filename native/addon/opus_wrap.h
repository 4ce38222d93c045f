#ifndef EARSHOT_ADDON_OPUS_WRAP_H_
#define EARSHOT_ADDON_OPUS_WRAP_H_

#include <napi.h>

namespace earshot {

// OpusEncoder, OpusDecoder and opusFeatures().
void ExportOpus(Napi::Env env, Napi::Object exports);

}  // namespace earshot

#endif  // EARSHOT_ADDON_OPUS_WRAP_H_
