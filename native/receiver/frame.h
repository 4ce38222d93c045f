#ifndef EARSHOT_RECEIVER_FRAME_H_
#define EARSHOT_RECEIVER_FRAME_H_

#include <cstdint>

namespace earshot {

constexpr int64_t kNever = -1;

// Where samples came from. The order is part of the interface to TypeScript
// (PROVENANCES in src/receiver/audio-frame.ts).
enum class Provenance : uint8_t {
  kReceived,
  kRed,
  kFec,
  kDred,
  kPlc,
  kCng,
  kDtx,
  kSilence,
};
constexpr int kProvenanceCount = 8;

// A pause of the sender's, in whatever way it is known.
constexpr bool IsSilent(Provenance provenance) {
  return provenance == Provenance::kCng || provenance == Provenance::kDtx ||
         provenance == Provenance::kSilence;
}

// What was said, from the packet itself or from a copy of any kind.
constexpr bool IsReal(Provenance provenance) {
  return provenance != Provenance::kPlc && !IsSilent(provenance);
}

// A frame as it is handed out. Ticks are 48 kHz, positions count from the first
// packet of the stream.
struct Frame {
  int32_t sample_offset = 0;  // Into the PCM of the poll that gave it.
  int32_t sample_count = 0;
  int64_t media_ticks = 0;
  int32_t duration_ticks = 0;
  Provenance provenance = Provenance::kReceived;
  int32_t version = 0;
  int64_t arrival_us = kNever;  // Of the packet; kNever where there was none.
  int64_t finalised_us = 0;     // Time of the poll that handed it out.
  int64_t latency_us = 0;       // Over the minimum-delay line.
  bool missed_deadline = false;
  int32_t loss_run_ticks = 0;
  float level_db = 0;           // -127..0.
  int64_t capture_us = kNever;  // Since 1970, see CaptureTime.
  float confidence = 1;         // 0..1, see Confidence.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_FRAME_H_
