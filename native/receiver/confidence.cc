#include "receiver/confidence.h"

#include <algorithm>
#include <cmath>

namespace earshot {
namespace {

constexpr float kTicksPerFrame = 20 * 48;

// The first concealed 20 ms are mostly right, those that follow less and less.
constexpr float kFirstConcealed = 0.5f;
constexpr float kDecayPerFrame = 0.6f;

// A copy is coded more coarsely than the original.
constexpr float kCopy = 0.9f;

// Against the loss-free decode the frames after a lost one have SNRs of about
// 5, 11, 20 and 28 dB (measured with libopus 1.3.1 at 24 kb/s), 8 dB a frame.
constexpr float kFirstSnrDb = 5;
constexpr float kSnrDbPerFrame = 7.5f;

}  // namespace

float Confidence::Next(Provenance provenance, int64_t duration_ticks) {
  if (provenance == Provenance::kPlc) {
    const float frames = static_cast<float>(concealed_ticks_) / kTicksPerFrame;
    concealed_ticks_ += duration_ticks;
    real_ticks_ = 0;
    return kFirstConcealed * std::pow(kDecayPerFrame, frames);
  }
  concealed_ticks_ = 0;
  float converged = 1;
  if (real_ticks_ < kConvergenceTicks) {
    const float frames = static_cast<float>(real_ticks_) / kTicksPerFrame;
    const float snr_db = kFirstSnrDb + kSnrDbPerFrame * frames;
    converged = 1 - std::pow(10.0f, -snr_db / 10);
    real_ticks_ += duration_ticks;
  }
  return converged * OfRepair(provenance);
}

float Confidence::OfRepair(Provenance provenance) {
  switch (provenance) {
    case Provenance::kPlc:
      return kFirstConcealed;
    case Provenance::kFec:
    case Provenance::kDred:
      return kCopy;
    case Provenance::kReceived:
    case Provenance::kRed:
    case Provenance::kCng:
    case Provenance::kDtx:
    case Provenance::kSilence:
      break;
  }
  return 1;
}

}  // namespace earshot
