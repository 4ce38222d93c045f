#ifndef EARSHOT_ADDON_POOL_WRAP_H_
#define EARSHOT_ADDON_POOL_WRAP_H_

#include <napi.h>

namespace earshot {

// ReceiverPool: see NativeReceiverPool in src/receiver/native-module.ts.
void ExportReceiverPool(Napi::Env env, Napi::Object exports);

}  // namespace earshot

#endif  // EARSHOT_ADDON_POOL_WRAP_H_
