#ifndef EARSHOT_ADDON_RTP_FUNCTIONS_H_
#define EARSHOT_ADDON_RTP_FUNCTIONS_H_

#include <napi.h>

namespace earshot {

// parseRtp(packet, fields): true and `fields` filled for an RTP packet.
void ExportRtpFunctions(Napi::Env env, Napi::Object exports);

}  // namespace earshot

#endif  // EARSHOT_ADDON_RTP_FUNCTIONS_H_
