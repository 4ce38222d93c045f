#include "receiver/playout_account.h"

#include <algorithm>

namespace earshot {

void PlayoutAccount::Add(std::span<const PlayoutRun> runs,
                         const Timeline& timeline, PlayoutBlock& block) {
  block.media_ticks = time_.TicksOf(runs[0].media_sample);
  SamplesOf samples_of = {};
  for (const PlayoutRun& run : runs) {
    if (run.origin != Origin::kTimeline) {
      AddPart(
          run.origin == Origin::kMadeUp ? Provenance::kPlc : Provenance::kDtx,
          run.samples, block, samples_of);
      continue;
    }
    // A run may go on over frames of different origin.
    const int cell = time_.CellSamples();
    for (int at = 0; at < run.samples;) {
      const int64_t sample = run.media_sample + at;
      const int rest = cell - static_cast<int>(sample % cell);
      const int samples = std::min(rest, run.samples - at);
      AddPart(timeline.ProvenanceAt(time_.TicksOf(sample)), samples, block,
              samples_of);
      at += samples;
    }
  }
  block.provenance = static_cast<Provenance>(
      std::max_element(samples_of.begin(), samples_of.end()) -
      samples_of.begin());
}

void PlayoutAccount::AddPart(Provenance provenance, int samples,
                             PlayoutBlock& block, SamplesOf& samples_of) {
  samples_of[static_cast<size_t>(provenance)] += samples;
  counters_.played_samples += samples;
  const bool is_concealed = provenance == Provenance::kPlc;
  if (is_concealed) {
    if (!ends_concealed_) ++counters_.concealment_events;
    block.concealed_samples += samples;
    counters_.concealed_samples += samples;
  } else if (IsSilent(provenance)) {
    counters_.comfort_samples += samples;
  } else {
    counters_.real_samples += samples;
    counters_.delay_us_samples += block.delay_us * samples;
    counters_.target_us_samples += block.target_us * samples;
  }
  ends_concealed_ = is_concealed;
}

}  // namespace earshot
