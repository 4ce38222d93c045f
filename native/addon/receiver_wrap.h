#ifndef EARSHOT_ADDON_RECEIVER_WRAP_H_
#define EARSHOT_ADDON_RECEIVER_WRAP_H_

#include <napi.h>

namespace earshot {

// Receiver: see NativeReceiver in src/receiver/native-module.ts.
void ExportReceiver(Napi::Env env, Napi::Object exports);

}  // namespace earshot

#endif  // EARSHOT_ADDON_RECEIVER_WRAP_H_
