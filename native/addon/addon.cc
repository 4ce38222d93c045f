#include <napi.h>

#include "addon/opus_wrap.h"
#include "addon/pool_wrap.h"
#include "addon/receiver_wrap.h"
#include "addon/rtp_functions.h"

namespace earshot {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ExportReceiver(env, exports);
  ExportReceiverPool(env, exports);
  ExportOpus(env, exports);
  ExportRtpFunctions(env, exports);
  return exports;
}

NODE_API_MODULE(earshot, Init)

}  // namespace earshot
