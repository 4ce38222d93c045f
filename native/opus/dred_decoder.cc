#include "opus/dred_decoder.h"

#include <algorithm>
#include <cassert>

namespace earshot {
namespace {

// Descriptions end up to 40 ms after the start of the frame that carries them,
// and libopus counts what it reads from that end (dred_decoder.c of 1.5.2).
constexpr int kLookAheadTicks = 40 * kTicksPerMs;

}  // namespace

DredDecoder::DredDecoder(const OpusLibrary& library)
    : functions_(library.functions()),
      decoder_(nullptr, functions_.dred_decoder_destroy),
      redundancy_(nullptr, functions_.dred_free) {
  assert(library.features().dred);
  int error = OPUS_OK;
  decoder_.reset(functions_.dred_decoder_create(&error));
  assert(error == OPUS_OK);
  redundancy_.reset(functions_.dred_alloc(&error));
  assert(error == OPUS_OK);
}

const DredReach& DredDecoder::Read(std::span<const uint8_t> payload,
                                   int ticks) {
  reach_ = {};
  const auto packet = ParseOpusPacket(payload);
  if (!packet) return reach_;
  const int from_end_ticks = std::clamp(ticks, 0, kMaxTicks) + kLookAheadTicks +
                             packet->duration_ticks - packet->frame_ticks;
  int newest_ticks = 0;
  const int oldest_ticks = functions_.dred_parse(
      decoder_.get(), redundancy_.get(), payload.data(),
      static_cast<opus_int32>(payload.size()), from_end_ticks, kTicksPerSecond,
      &newest_ticks, /*defer_processing=*/0);
  if (oldest_ticks > newest_ticks) reach_ = {oldest_ticks, newest_ticks};
  return reach_;
}

}  // namespace earshot
