#include "receiver/extrapolator.h"

#include <algorithm>

namespace earshot {

Extrapolator::Extrapolator(const DecodeCursor& live, Repairer& repairer,
                           ConcealmentBudget* budget)
    : live_(live),
      repairer_(repairer),
      budget_(budget),
      state_(live.decoder().StateBytes()),
      frame_(live.SamplesOf(kFillFrameTicks)) {}

void Extrapolator::Begin() {
  format_ = live_.format();
  state_.Fit(live_.decoder().StateBytes());
  live_.decoder().SaveTo(state_.span());
  begins_run_ = !live_.place().is_concealing;
  left_ = {};
}

void Extrapolator::Fill(std::span<int16_t> pcm) {
  while (!pcm.empty()) {
    if (left_.empty()) MakeFrame();
    const size_t count = std::min(pcm.size(), left_.size());
    std::copy_n(left_.begin(), count, pcm.begin());
    left_ = left_.subspan(count);
    pcm = pcm.subspan(count);
  }
}

// Frames like those of the timeline: a codec's concealment fades from frame to
// frame, so that with shorter ones it would be another.
void Extrapolator::MakeFrame() {
  const int ticks = std::min(live_.place().last_packet_ticks, kFillFrameTicks);
  const auto frame = std::span(frame_).first(live_.SamplesOf(ticks));
  AudioDecoder& decoder = repairer_.ScratchDecoder(format_);
  decoder.RestoreFrom(state_.span());
  decoder.Conceal(frame, ConcealmentFor({.ticks = ticks,
                                         .begins_run = begins_run_,
                                         .is_silence = live_.IsSilent()},
                                        budget_));
  begins_run_ = false;
  decoder.SaveTo(state_.span());
  left_ = frame;
}

}  // namespace earshot
