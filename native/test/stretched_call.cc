#include "stretched_call.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "dsp/level.h"
#include "dsp/noise_floor.h"

namespace earshot {

Stretched Stretch(const std::vector<int16_t>& pcm, const Stretching& how) {
  const int tick = how.sample_rate_hz / 100;
  const int channels = how.channels;
  const auto width = static_cast<size_t>(channels);
  const int total = static_cast<int>(pcm.size()) / channels;
  NoiseFloor floor;
  TimeStretcher stretcher(how.sample_rate_hz, channels);

  std::vector<int16_t> buffer;  // 25 ms that were played, then 30 ms to play.
  std::vector<int> source;      // Of the samples in the buffer.
  int taken = 0;
  int played = 0;
  int fixed = 0;
  double debt = 0;  // Samples to cut; negative: to repeat.
  Stretched out;
  while (true) {
    const int wanted = std::min(
        played + 3 * tick - static_cast<int>(source.size()), total - taken);
    if (wanted > 0) {
      const auto heard =
          std::span(pcm).subspan(static_cast<size_t>(taken) * width,
                                 static_cast<size_t>(wanted) * width);
      floor.Learn(LevelDb(heard), 48'000 / how.sample_rate_hz * wanted);
    }
    for (int i = 0; i < wanted; ++i, ++taken) {
      const auto at = static_cast<std::ptrdiff_t>(taken) * channels;
      buffer.insert(buffer.end(), pcm.begin() + at,
                    pcm.begin() + at + channels);
      source.push_back(taken);
    }
    const int length = static_cast<int>(source.size());
    if (length == played) return out;

    debt += tick * (how.speed - 1);
    StretchRequest request;
    request.audio = buffer;
    request.fixed_samples = std::max(played, fixed);
    request.min_samples = stretcher.min_lag_samples();
    request.max_samples = std::min(static_cast<int>(std::abs(debt)) + tick,
                                   stretcher.max_lag_samples());
    request.noise_floor_db = floor.floor_db();
    request.haste = how.haste;
    Join join;
    if (how.speed > 1 && debt >= request.min_samples) {
      join = stretcher.FindCut(request);
    } else if (how.speed < 1 && -debt >= request.min_samples) {
      join = stretcher.FindRepeat(request);
    }
    if (join.skip_samples != 0) {
      buffer.resize(buffer.size() +
                    width * static_cast<size_t>(stretcher.max_lag_samples()));
      const int changed = stretcher.Apply(join, buffer, length);
      buffer.resize(static_cast<size_t>(changed) * width);
      std::vector<int> moved(static_cast<size_t>(changed));
      for (int i = 0; i < changed; ++i) {
        const bool before = i < join.at_samples + join.overlap_samples / 2;
        moved[static_cast<size_t>(i)] =
            source[static_cast<size_t>(before ? i : i + join.skip_samples)];
      }
      source = std::move(moved);
      debt -= join.skip_samples;
      fixed = join.at_samples + join.overlap_samples;
      Join placed = join;
      placed.at_samples += static_cast<int>(out.source.size()) - played;
      out.joins.push_back(placed);
    }

    const auto begin = static_cast<std::ptrdiff_t>(played);
    const int count = std::min(tick, static_cast<int>(source.size()) - played);
    out.pcm.insert(out.pcm.end(), buffer.begin() + begin * channels,
                   buffer.begin() + (begin + count) * channels);
    out.source.insert(out.source.end(), source.begin() + begin,
                      source.begin() + begin + count);
    played += count;
    const int past = std::max(0, played - how.sample_rate_hz / 40);
    buffer.erase(buffer.begin(),
                 buffer.begin() + static_cast<std::ptrdiff_t>(past) * channels);
    source.erase(source.begin(), source.begin() + past);
    played -= past;
    fixed -= past;
  }
}

}  // namespace earshot
