#ifndef EARSHOT_RECEIVER_TIMELINE_H_
#define EARSHOT_RECEIVER_TIMELINE_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "receiver/audio_ring.h"
#include "receiver/frame.h"

namespace earshot {

// What was handed out lately: provenance, version and a digest of every
// position for `memory_ticks` before the head, and the samples of the last
// `audio_ticks` of these. Positions and lengths are ticks, multiples of 2.5 ms.
class Timeline {
 public:
  Timeline(int sample_rate_hz, int channels, int64_t memory_ticks,
           int64_t audio_ticks, int64_t ahead_ticks = 0);

  // Enters what is handed out for the first time, at the head.
  void Append(int64_t at_ticks, Provenance provenance,
              std::span<const int16_t> pcm);

  // Enters what playout may read behind the head until more is appended, up to
  // `ahead_ticks` in all.
  void WriteAhead(int64_t at_ticks, Provenance provenance,
                  std::span<const int16_t> pcm);

  // Forgets everything: the head jumps to `head_ticks`.
  void JumpTo(int64_t head_ticks);

  // The oldest position still known, and the first that is not known yet.
  int64_t begin_ticks() const { return begin_ticks_; }
  int64_t head_ticks() const { return head_ticks_; }
  int64_t end_ticks() const { return end_ticks_; }  // Of what playout may read.
  // The oldest position whose samples are still here.
  int64_t audio_begin_ticks() const;

  Provenance ProvenanceAt(int64_t ticks) const {
    return cells_[CellIndex(ticks)].provenance;
  }

  // Copies the samples from `sample` on, counted per channel from position 0;
  // they must still be here.
  void Read(int64_t sample, std::span<int16_t> pcm) const;

  // The samples before `sample` will not be read any more.
  void ForgetAudio(int64_t sample);

  // Whether something else was handed out there; the span must be known.
  bool Differs(int64_t at_ticks, Provenance provenance,
               std::span<const int16_t> pcm) const;

  // Enters a better version of what was handed out and returns its number.
  int Replace(int64_t at_ticks, Provenance provenance,
              std::span<const int16_t> pcm);

 private:
  // 2.5 ms of audio. Two digests of different samples are equal once in 2^32;
  // a repair of a frame of 20 ms is missed only if that happens eight times in
  // a row.
  struct Cell {
    uint32_t digest = 0;
    Provenance provenance = Provenance::kReceived;
    uint8_t version = 0;  // Stops at 255.
  };

  size_t CellIndex(int64_t ticks) const;
  int64_t PositionOf(int64_t ticks) const;
  void Write(int64_t at_ticks, Provenance provenance, uint8_t version,
             std::span<const int16_t> pcm);

  const size_t channels_;
  const size_t cell_samples_;  // Of all channels.
  const int64_t memory_ticks_;
  std::vector<Cell> cells_;
  AudioRing audio_;
  int64_t begin_ticks_ = 0;
  int64_t head_ticks_ = 0;
  int64_t end_ticks_ = 0;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_TIMELINE_H_
