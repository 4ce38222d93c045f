#ifndef EARSHOT_RECEIVER_RECEIVER_POOL_H_
#define EARSHOT_RECEIVER_RECEIVER_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "receiver/receiver.h"

namespace earshot {

// Names a stream of a pool; never given twice.
using StreamId = int64_t;

struct ReceiverPoolConfig {
  int max_streams = 256;                 // 1..ReceiverPool::kMaxStreams.
  int64_t deep_plc_us_per_tick = 2'000;  // Of all streams together.
};

// Many receivers that are served together: one call polls those that have
// something to do, one makes 10 ms of all that are played. A stream comes out
// as it would from a receiver of its own, but that all share one budget of deep
// concealment. Allocates only in Add.
class ReceiverPool {
 public:
  static constexpr int kMaxStreams = 4096;
  // The most that a poll needs for one frame, and a pull for one stream.
  static constexpr size_t kMaxFrameSamples = 120 * 48;
  static constexpr size_t kMaxBlockSamples = 2 * 10 * 48;

  explicit ReceiverPool(const ReceiverPoolConfig& config);

  // The stream's name, or nothing when there are as many as there may be. The
  // budget of the configuration is not used; a stream without deep concealment
  // has 0 µs a tick.
  std::optional<StreamId> Add(const ReceiverConfig& config);

  // Frees the stream. This and the others of one stream are false, or nothing,
  // where it is not in the pool.
  bool Remove(StreamId id);

  // Receiver::Push.
  bool Push(StreamId id, std::span<const uint8_t> packet, int64_t arrival_us);

  // Writes the frames that are due at `now_us`, of one stream after the other,
  // as many as fit, and whose they are. Returns how many; call again until it
  // returns 0. With little memory streams take turns. `pcm` must hold at least
  // kMaxFrameSamples, `ids` as many as `frames`, at least one.
  int Poll(int64_t now_us, std::span<int16_t> pcm, std::span<Frame> frames,
           std::span<StreamId> ids);

  // Makes the next 10 ms of every stream with playout, PCM in the order of the
  // blocks without gaps. Returns how many. `pcm` must hold kMaxBlockSamples for
  // each stream there may be, `blocks` and `ids` one.
  int Pull(int64_t now_us, std::span<int16_t> pcm,
           std::span<PlayoutBlock> blocks, std::span<StreamId> ids);

  // Receiver::OnSenderReport.
  bool OnSenderReport(StreamId id, const SenderReport& report);

  // Receiver::End.
  bool End(StreamId id);

  // When Poll has something to do if no packet comes; kNever for not at all.
  int64_t NextWakeupUs() const;

  const Counters* ReadCounters(StreamId id);
  std::optional<PlayoutCounters> ReadPlayoutCounters(StreamId id);

  int max_streams() const { return max_streams_; }

 private:
  // A place for one stream after the other. What decides whether a stream is
  // looked at stands here, so that the others are not touched.
  struct Slot {
    std::unique_ptr<Receiver> receiver;
    int64_t generation = 0;
    int64_t wakeup_us = kNever;
    size_t frame_samples = 0;  // Of the longest frame.
    size_t block_samples = 0;  // Of 10 ms.
    bool has_recognizer = false;
    bool has_playout = false;
    bool has_news = false;  // A packet or the end, since the last poll.
  };

  static bool IsDue(const Slot& slot, int64_t now_us) {
    return slot.has_news ||
           (slot.wakeup_us != kNever && slot.wakeup_us <= now_us);
  }
  static void NoteNews(Slot& slot);
  StreamId IdOf(const Slot& slot) const;
  Slot* SlotOf(StreamId id);

  const int max_streams_;
  ConcealmentBudget budget_;
  std::vector<Slot> slots_;  // As many as there have ever been at once.
  size_t turn_ = 0;          // The slot that is polled first.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_RECEIVER_POOL_H_
