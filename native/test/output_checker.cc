#include "output_checker.h"

#include <cmath>

namespace earshot {
namespace {

// A repair reaches back at most this far: a second, the distance between two
// snapshots, and the packet in which the oldest of them lies.
constexpr int64_t kMaxRepairTicks = 1'400 * kTicksPerMs + kMaxPacketTicks;
constexpr int kMaxVersion = 255;

bool HasPacket(Provenance provenance) {
  return provenance == Provenance::kReceived ||
         provenance == Provenance::kRed || provenance == Provenance::kFec;
}

}  // namespace

std::string_view OutputChecker::CheckPoll(std::span<const Frame> frames,
                                          size_t pcm_samples) {
  int64_t samples = 0;
  for (const Frame& frame : frames) {
    ++frames_;
    if (frame.sample_offset != samples) return "samples follow each other";
    samples += frame.sample_count;
    if (frame.duration_ticks <= 0 || frame.duration_ticks > kMaxPacketTicks ||
        frame.duration_ticks % kGridTicks != 0) {
      return "a frame lasts 2.5 to 120 ms, in steps of 2.5";
    }
    if (int64_t{frame.sample_count} * kTicksPerSecond !=
        int64_t{frame.duration_ticks} * config_.sample_rate_hz) {
      return "a frame has the samples of its duration";
    }
    if (static_cast<int>(frame.provenance) >= kProvenanceCount) {
      return "a provenance is one of those there are";
    }
    if (HasPacket(frame.provenance) && frame.arrival_us == kNever) {
      return "what a packet gave has the time of its arrival";
    }
    if (frame.provenance == Provenance::kPlc && frame.arrival_us != kNever) {
      return "concealment has no time of arrival";
    }
    if (!std::isfinite(frame.level_db) || frame.level_db < -127 ||
        frame.level_db > 0) {
      return "a level is -127..0 dB";
    }
    const auto broken =
        frame.version == 0 ? CheckFirst(frame) : CheckRepair(frame);
    if (!broken.empty()) return broken;
  }
  if (samples > static_cast<int64_t>(pcm_samples)) {
    return "frames stay inside the caller's memory";
  }
  return {};
}

std::string_view OutputChecker::CheckFirst(const Frame& frame) {
  const int64_t gap = frame.media_ticks - head_ticks_;
  if (gap < 0) return "a frame never goes back";
  if (gap > 0) {
    ++jumps_;
    if (gap <= config_.max_fill_us * kTicksPerMs / 1000 - kGridTicks) {
      return "a gap within the fill limit is filled";
    }
  }
  const bool is_loss = frame.provenance == Provenance::kPlc;
  if (is_loss != (frame.loss_run_ticks > 0)) {
    return "a loss run is counted in concealment, and there only";
  }
  head_ticks_ = frame.media_ticks + frame.duration_ticks;
  first_ticks_ += frame.duration_ticks;
  if (frame.missed_deadline) ++missed_;
  provenance_ticks_[static_cast<size_t>(frame.provenance)] +=
      frame.duration_ticks;
  return {};
}

std::string_view OutputChecker::CheckRepair(const Frame& frame) {
  if (frame.version < 0 || frame.version > kMaxVersion) {
    return "a version is 0..255";
  }
  if (frame.media_ticks + frame.duration_ticks > head_ticks_) {
    return "only the past has versions";
  }
  if (frame.media_ticks < head_ticks_ - kMaxRepairTicks) {
    return "a repair stays inside its window";
  }
  repair_ticks_ += frame.duration_ticks;
  return {};
}

std::string_view OutputChecker::CheckCounters(const Counters& counters,
                                              int64_t pushed) const {
  if (counters.packets_received + counters.packets_duplicate +
          counters.packets_malformed + counters.packets_other_payload +
          counters.packets_on_probation !=
      pushed) {
    return "every packet is counted once";
  }
  if (counters.packets_late > counters.packets_received ||
      counters.packets_reordered > counters.packets_received ||
      counters.packets_overflow > counters.packets_received ||
      counters.packets_unrepairable > counters.packets_late) {
    return "parts are no more than the whole";
  }
  if (counters.packets_lost < 0) return "a number lost is not negative";
  if (counters.provenance_ticks != provenance_ticks_) {
    return "the provenances sum up to what was handed out";
  }
  if (counters.deadline_misses != missed_) {
    return "every missed deadline is marked on its frame";
  }
  if (counters.discontinuities < jumps_) return "every jump is counted";
  if (counters.repaired_ticks > repair_ticks_) {
    return "what was repaired was handed out again";
  }
  return {};
}

}  // namespace earshot
