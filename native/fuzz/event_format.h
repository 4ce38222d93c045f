#ifndef EARSHOT_FUZZ_EVENT_FORMAT_H_
#define EARSHOT_FUZZ_EVENT_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace earshot {

// The first byte of an event, modulo kEventSlots; what follows is its own
// affair (event_stream_fuzzer.cc). New kinds go to the end, so that inputs kept
// from earlier runs go on meaning the same.
enum class Event : uint8_t {
  kSendVoice,
  kSendBytes,
  kHoldVoice,
  kRelease,
  kLoseVoice,
  kWait,
  kWakeUp,
  kPollSmall,
  kNudgeTimestamp,
  kMoveTimestamp,
  kMoveSequence,
  kChangeSource,
  kChangePayloadType,
  kPushRaw,
  kArriveEarlier,
  kWaitLong,
  kGoBack,
  kEndStream,
  kReport,
  kPull,
  kCount,
};
constexpr size_t kEventSlots = 32;
static_assert(static_cast<size_t>(Event::kCount) <= kEventSlots);

}  // namespace earshot

#endif  // EARSHOT_FUZZ_EVENT_FORMAT_H_
