#include "receiver/repairer.h"

#include <algorithm>
#include <utility>

#include "dsp/level.h"
#include "receiver/confidence.h"

namespace earshot {
namespace {

// How far behind the head audio can be repaired. A recognizer has rarely
// settled on words younger than this.
constexpr int64_t kWindowTicks = kTicksPerSecond;
// Snapshots are this far apart, so that three reach back over the window from
// wherever the newest was taken. Decoding starts again at most this much before
// the packet.
constexpr int64_t kSpacingTicks = 500 * kTicksPerMs;
constexpr size_t kSnapshots = 3;
constexpr int64_t kQuarterTicks = 250 * kTicksPerMs;
static_assert(Repairer::kMemoryTicks == kWindowTicks + kSpacingTicks);
// Late packets come in groups; one repair serves them all.
constexpr int64_t kGatherUs = 10'000;
// Audio that may be decoded again: bounds what hostile lateness can cost.
constexpr int64_t kMaxAllowanceTicks = 8 * kTicksPerSecond;
constexpr int64_t kAllowanceTicksPerMs = 4 * kTicksPerMs;

}  // namespace

Repairer::Repairer(RepairReach reach, DecodeCursor cursor, PacketBuffer& buffer,
                   const SenderClock& clock, Timeline& timeline)
    : spacing_ticks_(reach == RepairReach::kSecond ? kSpacingTicks
                                                   : kQuarterTicks),
      buffer_(buffer),
      clock_(clock),
      timeline_(timeline),
      cursor_(std::move(cursor)),
      allowance_ticks_(kMaxAllowanceTicks) {
  const size_t count = reach == RepairReach::kSecond ? kSnapshots : 1;
  snapshots_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    snapshots_.emplace_back(cursor_);
  }
}

void Repairer::BeforeLoss(const DecodeCursor& live) {
  if (snapshots_used_ > 0 &&
      live.place().head_ticks -
              snapshots_[snapshots_used_ - 1].place().head_ticks <
          spacing_ticks_) {
    return;
  }
  if (snapshots_used_ == snapshots_.size()) DropOldest(1);
  snapshots_[snapshots_used_++].Take(live);
}

// Their memory goes to the back, to be used again.
void Repairer::DropOldest(size_t count) {
  std::rotate(snapshots_.begin(),
              snapshots_.begin() + static_cast<std::ptrdiff_t>(count),
              snapshots_.end());
  snapshots_used_ -= count;
}

const DecoderSnapshot* Repairer::SnapshotFor(int64_t sequence,
                                             int64_t at_ticks) const {
  for (size_t i = snapshots_used_; i > 0; --i) {
    const DecoderSnapshot& snapshot = snapshots_[i - 1];
    if (snapshot.place().next_sequence <= sequence &&
        snapshot.place().head_ticks <= at_ticks &&
        snapshot.place().head_ticks >= timeline_.begin_ticks()) {
      return &snapshot;
    }
  }
  return nullptr;
}

bool Repairer::Reaches(int64_t sequence, int64_t at_ticks) const {
  return SnapshotFor(sequence, at_ticks) != nullptr;
}

void Repairer::Want(int64_t sequence, int64_t at_ticks, int64_t now_us) {
  if (state_ == State::kWanted) {
    wanted_sequence_ = std::min(wanted_sequence_, sequence);
    wanted_ticks_ = std::min(wanted_ticks_, at_ticks);
    return;
  }
  // While one runs to its end in small memory, what comes now waits for the
  // next loss: it is kept, and that repair begins early enough to hold it.
  if (state_ == State::kRunning) return;
  state_ = State::kWanted;
  wanted_sequence_ = sequence;
  wanted_ticks_ = at_ticks;
  wanted_us_ = now_us + kGatherUs;
}

int64_t Repairer::DueUs() const {
  if (state_ == State::kIdle) return kNever;
  const int64_t missing_ms =
      allowance_ticks_ >= 0 ? 0 : -allowance_ticks_ / kAllowanceTicksPerMs + 1;
  return std::max(wanted_us_, allowance_us_ + 1000 * missing_ms);
}

void Repairer::RefillAllowance(int64_t now_us) {
  const int64_t elapsed_ms = (now_us - allowance_us_) / 1000;
  if (elapsed_ms <= 0) return;
  allowance_us_ += 1000 * elapsed_ms;
  allowance_ticks_ =
      std::min(kMaxAllowanceTicks,
               allowance_ticks_ + std::min(elapsed_ms, int64_t{10'000}) *
                                      kAllowanceTicksPerMs);
}

bool Repairer::Begin(int64_t now_us) {
  RefillAllowance(now_us);
  if (now_us < DueUs()) return false;
  const DecoderSnapshot* snapshot =
      SnapshotFor(wanted_sequence_, wanted_ticks_);
  if (snapshot == nullptr) {
    state_ = State::kIdle;
    return false;
  }
  snapshot->RestoreTo(ScratchCursor());
  state_ = State::kRunning;
  changed_something_ = false;
  return true;
}

bool Repairer::Run(int64_t now_us, DecodeCursor& live, FrameQueue* changed) {
  if (state_ == State::kIdle) return true;
  if (state_ == State::kWanted && !Begin(now_us)) return true;

  const int64_t live_head_ticks = live.place().head_ticks;
  while (cursor_.place().head_ticks < live_head_ticks) {
    if (!Redo(now_us, live_head_ticks, changed)) return false;
  }
  // The live decoder goes on from here; its place stays what it was, but for
  // what is known of the sender.
  live.SwapDecodersWith(cursor_);
  live.place().last_was_dtx = cursor_.place().last_was_dtx;
  live.place().silence = cursor_.place().silence;
  live.place().last_packet_ticks = cursor_.place().last_packet_ticks;
  state_ = State::kIdle;
  ++runs_;
  if (changed_something_) ++repairs_;
  return true;
}

bool Repairer::Redo(int64_t now_us, int64_t live_head_ticks,
                    FrameQueue* changed) {
  if (changed != nullptr &&
      !changed->HasRoom(cursor_.SamplesOf(kMaxPacketTicks))) {
    return false;
  }
  int64_t& next_sequence = cursor_.place().next_sequence;
  next_sequence = buffer_.PastEmpty(next_sequence);
  const BufferedPacket* next = buffer_.FirstFrom(next_sequence);
  if (next != nullptr) {
    if (cursor_.HasPassed(*next)) {
      next_sequence = next->sequence + (cursor_.Expects(*next) ? 1 : 0);
      return true;
    }
    cursor_.Stitch(*next);
  }
  const Step step = PlanUpTo(next, live_head_ticks);
  if (step.kind == StepKind::kFoundPause) {
    cursor_.Skip(step, *next);
    return true;
  }
  if (step.kind == StepKind::kAnnounce) {
    cursor_.Announce(*next, buffer_.Payload(next->sequence));
    return true;
  }
  const size_t samples = cursor_.SamplesOf(step.ticks);
  const int64_t at_ticks = cursor_.place().head_ticks;
  RefreshSnapshots(at_ticks + step.ticks);
  const auto payload = next == nullptr ? std::span<const uint8_t>()
                                       : buffer_.Payload(next->sequence);
  PacketPcm room;
  const Made made = cursor_.Render(
      step, next, payload,
      std::span(room).first(cursor_.SamplesOf(step.ticks + step.passed_ticks)));
  allowance_ticks_ -= step.ticks;

  const auto pcm = std::span<const int16_t>(room).first(samples);
  if (!timeline_.Differs(at_ticks, made.provenance, pcm)) return true;
  changed_something_ = true;
  if (made.provenance != Provenance::kPlc) repaired_ticks_ += step.ticks;
  const int version = timeline_.Replace(at_ticks, made.provenance, pcm);
  if (changed == nullptr) return true;
  Frame& frame = changed->Add(pcm);
  frame.media_ticks = at_ticks;
  frame.duration_ticks = step.ticks;
  frame.provenance = made.provenance;
  frame.version = version;
  frame.arrival_us = made.arrival_us;
  frame.latency_us = now_us - clock_.PresentLineUs(at_ticks + step.ticks);
  frame.level_db = LevelDb(pcm);
  frame.confidence = Confidence::OfRepair(made.provenance);
  return true;
}

// Snapshots of the time that is being repaired were taken of a decoder that had
// not seen the packet: those within the next step are taken anew.
void Repairer::RefreshSnapshots(int64_t end_ticks) {
  for (DecoderSnapshot& snapshot :
       std::span(snapshots_).first(snapshots_used_)) {
    const int64_t at_ticks = snapshot.place().head_ticks;
    if (at_ticks < cursor_.place().head_ticks || at_ticks >= end_ticks)
      continue;
    snapshot.Take(cursor_);
  }
}

// As the live cursor would plan, but not past its head: what lies there is its.
Step Repairer::PlanUpTo(const BufferedPacket* next,
                        int64_t live_head_ticks) const {
  const auto rest =
      static_cast<int>(live_head_ticks - cursor_.place().head_ticks);
  Step step = cursor_.Plan(
      next, next == nullptr ? 0
                            : buffer_.CountAudio(cursor_.place().next_sequence,
                                                 next->sequence));
  if (step.kind == StepKind::kFoundPause || step.kind == StepKind::kAnnounce) {
    return step;
  }
  if (step.kind == StepKind::kJump) {
    return {StepKind::kConceal, std::min(rest, kFillFrameTicks)};
  }
  if (step.ticks <= rest) return step;
  if (step.kind == StepKind::kPause || step.kind == StepKind::kTail) {
    step.ticks = rest;
    return step;
  }
  return {StepKind::kConceal, rest};
}

void Repairer::Expire(const DecodeCursor& live) {
  const int64_t oldest_ticks = live.place().head_ticks - kMemoryTicks;
  size_t expired = 0;
  while (expired < snapshots_used_ &&
         snapshots_[expired].place().head_ticks < oldest_ticks) {
    ++expired;
  }
  if (expired > 0) DropOldest(expired);
  buffer_.ForgetBelow(snapshots_used_ == 0
                          ? live.place().next_sequence
                          : snapshots_[0].place().next_sequence);
}

void Repairer::Forget() {
  snapshots_used_ = 0;
  state_ = State::kIdle;
}

}  // namespace earshot
