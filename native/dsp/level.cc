#include "dsp/level.h"

#include <algorithm>
#include <cmath>

namespace earshot {

float LevelDb(std::span<const int16_t> pcm) {
  int64_t energy = 0;
  for (const int16_t sample : pcm) energy += int32_t{sample} * sample;
  if (energy == 0) return kSilenceDb;
  constexpr double kFullScale = 32768.0 * 32768.0;
  const double mean =
      static_cast<double>(energy) / static_cast<double>(pcm.size());
  return std::clamp(static_cast<float>(10.0 * std::log10(mean / kFullScale)),
                    kSilenceDb, 0.0f);
}

}  // namespace earshot
