#ifndef EARSHOT_ADDON_RECEIVER_FIELDS_H_
#define EARSHOT_ADDON_RECEIVER_FIELDS_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "receiver/receiver.h"

namespace earshot {

// How the engine's structs lie in memory that TypeScript reads as numbers; the
// same orders stand in src/receiver/ (audio-frame.ts, playout-frame.ts,
// stats.ts). Times and positions are exact up to 2^53.

constexpr int64_t kMaxTimeUs = int64_t{1} << 53;

constexpr size_t kFrameFields = 14;
void WriteFrame(const Frame& frame, std::span<double> out);

constexpr size_t kBlockFields = 9;
void WriteBlock(const PlayoutBlock& block, std::span<double> out);

constexpr size_t kEventFields = 5;
void WriteEvent(const TelephoneEvent& event, std::span<double> out);

constexpr size_t kPlainCounters = 39;
constexpr size_t kCounterFields = kPlainCounters + kProvenanceCount;
void WriteCounters(const Counters& counters, const PlayoutCounters& playout,
                   std::span<double> out);

// ssrc, ntpSeconds, ntpFraction, rtpTimestamp: the arguments of a call from
// `first` on. Empty after scheduling an error where one is not of 32 bits.
std::optional<SenderReport> ReadSenderReport(const Napi::CallbackInfo& info,
                                             size_t first);

// Empty after scheduling an error where the object is not a configuration.
std::optional<ReceiverConfig> ReadReceiverConfig(Napi::Value value);

}  // namespace earshot

#endif  // EARSHOT_ADDON_RECEIVER_FIELDS_H_
