#include "receiver/payload_map.h"

namespace earshot {
namespace {

constexpr int kFirstDynamicPayloadType = 96;  // RFC 3551 6.

}  // namespace

void PayloadMap::GuessFrom(int payload_type) {
  if (payload_type >= kFirstDynamicPayloadType) {
    Set(payload_type, CodecFormat());
    return;
  }
  for (int type = 0; type < kFirstDynamicPayloadType; ++type) {
    if (const auto format = ParseCodecFormat(StaticRtpmap(type)).format) {
      Set(type, *format);
    }
  }
  // Sent with another static type nobody claims: Opus by a private agreement.
  if (!Find(payload_type)) Set(payload_type, CodecFormat());
}

}  // namespace earshot
