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

void Extrapolator::Begin(const DecodeCursor& end) {
  format_ = end.format();
  state_.Fit(end.decoder().StateBytes());
  end.decoder().SaveTo(state_);
  begins_run_ = !end.place().is_concealing;
  cursor_use_ = kNever;
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
  const bool is_there = cursor_use_ == repairer_.cursor_uses();
  DecodeCursor& cursor = repairer_.ScratchCursor();
  cursor_use_ = repairer_.cursor_uses();
  if (!is_there) {
    cursor.Use(format_);
    cursor.decoder().RestoreFrom(state_);
  }
  AudioDecoder& decoder = cursor.decoder();
  decoder.Conceal(frame, ConcealmentFor({.ticks = ticks,
                                         .begins_run = begins_run_,
                                         .is_silence = live_.IsSilent()},
                                        budget_));
  begins_run_ = false;
  decoder.SaveTo(state_);
  left_ = frame;
}

}  // namespace earshot
