#ifndef EARSHOT_RECEIVER_COUNTERS_H_
#define EARSHOT_RECEIVER_COUNTERS_H_

#include <array>
#include <cstdint>

#include "receiver/frame.h"

namespace earshot {

// Counts since the start; never reset.
struct Counters {
  int64_t packets_received = 0;   // Every RTP packet of the stream, once each.
  int64_t packets_duplicate = 0;  // Again a packet that was here before.
  int64_t packets_conflicting = 0;  // Of these, with another payload.
  int64_t packets_reordered = 0;    // Came after a packet with a higher number.
  int64_t packets_late = 0;         // Came after its audio had been handed out.
  int64_t packets_unrepairable = 0;  // Late, and too late for a repair.
  int64_t packets_lost = 0;          // Numbers passed over and not seen so far.
  int64_t packets_malformed = 0;     // Not RTP, or not Opus.
  int64_t packets_other_payload = 0;
  int64_t packets_on_probation = 0;  // From nowhere, or padding before audio.
  int64_t red_blocks_refused = 0;    // Unsound ones, see SplitRed.
  int64_t packets_overflow = 0;      // No room left in the packet buffer.
  int64_t restarts = 0;              // New SSRC or sequence.
  int64_t timestamp_jumps = 0;       // Timestamps that cannot be true.
  int64_t discontinuities = 0;       // Positions passed over without PCM.
  int64_t path_shifts = 0;           // See SenderClock.
  int64_t concealment_events = 0;
  int64_t deadline_misses = 0;
  int64_t fec_packets_received = 0;     // Packets that carry LBRR.
  int64_t jitter_ticks_q4 = 0;          // RFC 3550 6.4.1, A.8.
  int64_t buffer_delay_us_samples = 0;  // Sum of waiting time x samples.
  int64_t buffer_emitted_samples = 0;   // Real samples behind that sum.
  int64_t frames_dropped = 0;           // Not polled before they were needed.
  int64_t host_stalls = 0;              // See HostStalls.
  int64_t clock_went_back = 0;          // Times given that were before others.
  int64_t repairs = 0;                  // See Repairer.
  int64_t repaired_ticks =
      0;  // Made-up audio replaced by real, copies by originals.
  int64_t minimum_delay_us = 0;  // Arrival minus media time, now; not a count.
  int64_t drift_ppm = 0;         // See SenderClock, now; not a count.
  int64_t drift_alarms = 0;      // Seconds of a drift beyond what is followed.
  std::array<int64_t, kProvenanceCount> provenance_ticks = {};
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_COUNTERS_H_
