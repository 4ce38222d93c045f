#ifndef EARSHOT_RTP_TELEPHONE_EVENT_H_
#define EARSHOT_RTP_TELEPHONE_EVENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace earshot {

// One block of a telephone-event payload (RFC 4733 2.3).
struct TelephoneEventBlock {
  uint8_t event = 0;  // 0..9 are the digits, 10 is *, 11 is #, 12..15 are A..D.
  bool is_end = false;
  int level_dbm0 = 0;        // 0..-63.
  int duration_samples = 0;  // So far, in ticks of the RTP clock: 0..65535.
};

// The first block; empty where the payload is not whole blocks of 4 bytes.
std::optional<TelephoneEventBlock> ParseTelephoneEvent(
    std::span<const uint8_t> payload);

// A key press or another signal of the line. Lengths are media ticks.
struct TelephoneEvent {
  uint8_t event = 0;
  bool has_ended = false;
  int level_dbm0 = 0;
  int64_t start_ticks = 0;
  int64_t duration_ticks = 0;  // So far; final where it has ended.

  bool operator==(const TelephoneEvent&) const = default;
};

// Turns packets into events: one when a key goes down and one, with the final
// duration, when it comes up. Sees through updates and final packets sent again
// and again, lost, doubled or out of order; through events packed into one
// packet (RFC 4733 2.5.1.5) and long ones sent in segments (2.5.1.3). One event
// sounds at a time: the next one ends it.
class TelephoneEventTracker {
 public:
  explicit TelephoneEventTracker(int clock_rate_hz);

  // `position_ticks`: of the packet's timestamp, unwrapped, in media ticks.
  // What comes back is valid until the next call, oldest first.
  std::span<const TelephoneEvent> Push(int64_t position_ticks,
                                       std::span<const uint8_t> payload,
                                       int64_t arrival_us);

  // The end of an event of which nothing was heard any more, if that is due.
  std::optional<TelephoneEvent> Expire(int64_t now_us);

  // When Expire will have something to say; empty while no event sounds.
  std::optional<int64_t> expires_us() const;

 private:
  // Blocks of one packet that are looked at; no sender packs so many.
  static constexpr size_t kMaxBlocks = 4;
  // A block can end one event, begin another and end that.
  static constexpr size_t kMaxReports = 3 * kMaxBlocks;
  // Events that have ended, whose late packets are recognised.
  static constexpr size_t kMaxRemembered = 8;

  void Take(int64_t position_ticks, const TelephoneEventBlock& block,
            int64_t arrival_us);
  bool BelongsToCurrent(int64_t position_ticks,
                        const TelephoneEventBlock& block) const;
  bool IsOver(int64_t position_ticks, const TelephoneEventBlock& block) const;
  void Update(int64_t position_ticks, const TelephoneEventBlock& block,
              int64_t arrival_us);
  void Report(const TelephoneEvent& event);
  TelephoneEvent EndCurrent();
  void Remember(const TelephoneEvent& event);
  int64_t Ticks(int64_t clock_ticks) const;

  const int clock_rate_hz_;
  bool sounds_ = false;
  TelephoneEvent current_;
  int64_t segment_ticks_ = 0;  // Where its newest segment starts.
  int64_t last_heard_us_ = 0;
  std::array<TelephoneEvent, kMaxRemembered> ended_ = {};
  size_t ended_count_ = 0;
  size_t next_ended_ = 0;
  std::array<TelephoneEvent, kMaxReports> reports_ = {};
  size_t report_count_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RTP_TELEPHONE_EVENT_H_
