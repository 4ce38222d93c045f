#include "dsp/time_stretcher.h"

#include <algorithm>
#include <array>

#include "dsp/cross_fade.h"

namespace earshot {
namespace {

// Of all channels: 10 ms at 48 kHz, stereo.
constexpr size_t kMaxOverlapSamples = 960;

}  // namespace

Join TimeStretcher::FindCut(const StretchRequest& request) const {
  return StretchSearch(sample_rate_hz_, channels_)
      .Find(StretchSearch::Direction::kCut, request);
}

Join TimeStretcher::FindRepeat(const StretchRequest& request) const {
  return StretchSearch(sample_rate_hz_, channels_)
      .Find(StretchSearch::Direction::kRepeat, request);
}

int TimeStretcher::Apply(const Join& join, std::span<int16_t> buffer,
                         int length_samples) const {
  const auto width = static_cast<size_t>(channels_);
  const auto at = static_cast<size_t>(join.at_samples) * width;
  const auto count = static_cast<size_t>(join.overlap_samples) * width;
  const auto length = static_cast<size_t>(length_samples) * width;
  const auto to =
      static_cast<size_t>(join.at_samples + join.skip_samples) * width;
  std::array<int16_t, kMaxOverlapSamples> room;
  const auto faded = std::span(room).first(count);
  CrossFade(buffer.subspan(at, count), buffer.subspan(to, count), channels_,
            join.correlation, faded);

  const auto rest = buffer.subspan(to + count, length - to - count);
  const auto begin = buffer.begin() + static_cast<std::ptrdiff_t>(at + count);
  if (join.skip_samples > 0) {
    std::copy(rest.begin(), rest.end(), begin);
  } else {
    std::copy_backward(rest.begin(), rest.end(),
                       begin + static_cast<std::ptrdiff_t>(rest.size()));
  }
  std::copy(faded.begin(), faded.end(),
            buffer.begin() + static_cast<std::ptrdiff_t>(at));
  return length_samples - join.skip_samples;
}

}  // namespace earshot
