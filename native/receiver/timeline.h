#ifndef EARSHOT_RECEIVER_TIMELINE_H_
#define EARSHOT_RECEIVER_TIMELINE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "receiver/frame.h"

namespace earshot {

// What was handed out lately: samples, provenance and version of every position
// of the window before the head. Positions and lengths are ticks, multiples of
// 2.5 ms.
class Timeline {
 public:
  Timeline(int sample_rate_hz, int channels, int64_t window_ticks);

  // Enters what is handed out for the first time, at the head.
  void Append(int64_t at_ticks, Provenance provenance,
              std::span<const int16_t> pcm);

  // Forgets everything: the head jumps to `head_ticks`.
  void JumpTo(int64_t head_ticks);

  // The oldest position still known, and the first that is not known yet.
  int64_t begin_ticks() const { return begin_ticks_; }
  int64_t head_ticks() const { return head_ticks_; }

  Provenance ProvenanceAt(int64_t ticks) const {
    return cells_[CellIndex(ticks)].provenance;
  }

  // Copies what is known from `sample` on, counted per channel from position 0;
  // the span must lie in the window.
  void Read(int64_t sample, std::span<int16_t> pcm) const;

  // Whether something else was handed out there; the span must lie in the
  // window.
  bool Differs(int64_t at_ticks, Provenance provenance,
               std::span<const int16_t> pcm) const;

  // Enters a better version of what was handed out and returns its number.
  int Replace(int64_t at_ticks, Provenance provenance,
              std::span<const int16_t> pcm);

 private:
  // 2.5 ms of audio.
  struct Cell {
    Provenance provenance = Provenance::kReceived;
    uint8_t version = 0;  // Stops at 255.
  };

  size_t CellIndex(int64_t ticks) const;
  void Write(int64_t at_ticks, Provenance provenance, uint8_t version,
             std::span<const int16_t> pcm);

  const size_t channels_;
  const size_t cell_samples_;  // Of all channels.
  std::vector<Cell> cells_;
  std::vector<int16_t> pcm_;  // Of the cells, in their places.
  int64_t begin_ticks_ = 0;
  int64_t head_ticks_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_TIMELINE_H_
