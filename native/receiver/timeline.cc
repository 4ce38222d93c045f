#include "receiver/timeline.h"

#include <algorithm>
#include <limits>

#include "opus/opus_packet.h"
#include "receiver/digest.h"

namespace earshot {
namespace {

// A reader who is no further behind than this touches no more memory.
constexpr int64_t kFirstAudioTicks = int64_t{160} * kTicksPerMs;

}  // namespace

Timeline::Timeline(int sample_rate_hz, int channels, int64_t memory_ticks,
                   int64_t audio_ticks, int64_t ahead_ticks)
    : channels_(static_cast<size_t>(channels)),
      cell_samples_(static_cast<size_t>(channels * sample_rate_hz * kGridTicks /
                                        (1000 * kTicksPerMs))),
      memory_ticks_(memory_ticks),
      cells_(static_cast<size_t>((memory_ticks + ahead_ticks) / kGridTicks)),
      audio_(
          static_cast<size_t>(audio_ticks / kGridTicks) * cell_samples_,
          static_cast<size_t>(kFirstAudioTicks / kGridTicks) * cell_samples_) {}

// The ring begins and ends with whole cells.
int64_t Timeline::audio_begin_ticks() const {
  const int64_t cell = audio_.begin() / static_cast<int64_t>(cell_samples_);
  return std::max(begin_ticks_, cell * kGridTicks);
}

void Timeline::Append(int64_t at_ticks, Provenance provenance,
                      std::span<const int16_t> pcm) {
  head_ticks_ =
      at_ticks + static_cast<int64_t>(pcm.size() / cell_samples_) * kGridTicks;
  end_ticks_ = head_ticks_;
  Write(at_ticks, provenance, 0, pcm);
  begin_ticks_ = std::max(begin_ticks_, head_ticks_ - memory_ticks_);
}

void Timeline::WriteAhead(int64_t at_ticks, Provenance provenance,
                          std::span<const int16_t> pcm) {
  end_ticks_ =
      at_ticks + static_cast<int64_t>(pcm.size() / cell_samples_) * kGridTicks;
  Write(at_ticks, provenance, 0, pcm);
}

void Timeline::JumpTo(int64_t head_ticks) {
  begin_ticks_ = head_ticks;
  head_ticks_ = head_ticks;
  end_ticks_ = head_ticks;
  audio_.Forget(PositionOf(head_ticks));
}

bool Timeline::Differs(int64_t at_ticks, Provenance provenance,
                       std::span<const int16_t> pcm) const {
  for (int64_t ticks = at_ticks; !pcm.empty(); ticks += kGridTicks) {
    const Cell& cell = cells_[CellIndex(ticks)];
    if (cell.provenance != provenance ||
        cell.digest != DigestOf(std::as_bytes(pcm.first(cell_samples_)))) {
      return true;
    }
    pcm = pcm.subspan(cell_samples_);
  }
  return false;
}

int Timeline::Replace(int64_t at_ticks, Provenance provenance,
                      std::span<const int16_t> pcm) {
  uint8_t version = 0;
  const auto cells = static_cast<int64_t>(pcm.size() / cell_samples_);
  for (int64_t i = 0; i < cells; ++i) {
    version =
        std::max(version, cells_[CellIndex(at_ticks + i * kGridTicks)].version);
  }
  if (version < std::numeric_limits<uint8_t>::max()) ++version;
  Write(at_ticks, provenance, version, pcm);
  return version;
}

void Timeline::Read(int64_t sample, std::span<int16_t> pcm) const {
  audio_.Read(sample * static_cast<int64_t>(channels_), pcm);
}

void Timeline::ForgetAudio(int64_t sample) {
  const int64_t position = sample * static_cast<int64_t>(channels_);
  audio_.Forget(position - position % static_cast<int64_t>(cell_samples_));
}

size_t Timeline::CellIndex(int64_t ticks) const {
  return static_cast<size_t>(ticks / kGridTicks) % cells_.size();
}

// Of the first sample there, in the ring.
int64_t Timeline::PositionOf(int64_t ticks) const {
  return ticks / kGridTicks * static_cast<int64_t>(cell_samples_);
}

void Timeline::Write(int64_t at_ticks, Provenance provenance, uint8_t version,
                     std::span<const int16_t> pcm) {
  if (audio_.most_samples() > 0) audio_.Write(PositionOf(at_ticks), pcm);
  for (int64_t ticks = at_ticks; !pcm.empty(); ticks += kGridTicks) {
    cells_[CellIndex(ticks)] = {
        DigestOf(std::as_bytes(pcm.first(cell_samples_))), provenance, version};
    pcm = pcm.subspan(cell_samples_);
  }
}

}  // namespace earshot
