#include "receiver/timeline.h"

#include <algorithm>
#include <limits>

#include "opus/opus_packet.h"
#include "receiver/digest.h"

namespace earshot {
Timeline::Timeline(int sample_rate_hz, int channels, int64_t memory_ticks,
                   int64_t audio_ticks, int64_t ahead_ticks)
    : channels_(static_cast<size_t>(channels)),
      cell_samples_(static_cast<size_t>(channels * sample_rate_hz * kGridTicks /
                                        (1000 * kTicksPerMs))),
      memory_ticks_(memory_ticks),
      cells_(static_cast<size_t>((memory_ticks + ahead_ticks) / kGridTicks)),
      pcm_(static_cast<size_t>(audio_ticks / kGridTicks) * cell_samples_) {}

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
  // The ring may turn in the middle.
  const size_t at = static_cast<size_t>(sample) * channels_ % pcm_.size();
  const size_t first = std::min(pcm.size(), pcm_.size() - at);
  std::copy_n(pcm_.begin() + static_cast<std::ptrdiff_t>(at), first,
              pcm.begin());
  std::copy_n(pcm_.begin(), pcm.size() - first,
              pcm.begin() + static_cast<std::ptrdiff_t>(first));
}

size_t Timeline::CellIndex(int64_t ticks) const {
  return static_cast<size_t>(ticks / kGridTicks) % cells_.size();
}

int64_t Timeline::AudioTicks() const {
  return static_cast<int64_t>(pcm_.size() / cell_samples_) * kGridTicks;
}

void Timeline::Write(int64_t at_ticks, Provenance provenance, uint8_t version,
                     std::span<const int16_t> pcm) {
  const int64_t audio_begin_ticks = end_ticks_ - AudioTicks();
  for (int64_t ticks = at_ticks; !pcm.empty(); ticks += kGridTicks) {
    const auto cell_pcm = pcm.first(cell_samples_);
    cells_[CellIndex(ticks)] = {DigestOf(std::as_bytes(cell_pcm)), provenance,
                                version};
    if (!pcm_.empty() && ticks >= audio_begin_ticks) {
      const auto cell = static_cast<size_t>(ticks / kGridTicks);
      const size_t at = cell * cell_samples_ % pcm_.size();
      std::copy(cell_pcm.begin(), cell_pcm.end(),
                pcm_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    pcm = pcm.subspan(cell_samples_);
  }
}

}  // namespace earshot
