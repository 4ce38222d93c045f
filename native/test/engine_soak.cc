// A call of ten hours through one receiver, as fast as it goes: what it hands
// out stays exact, what it counts stays consistent, what it needs stays the
// same.
//
//   engine_soak [hours]

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <queue>
#include <string>
#include <string_view>

#include "output_checker.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr uint64_t kSeed = 20261124;
constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kMinuteUs = 60 * kSecondUs;
constexpr int64_t kHourUs = 60 * kMinuteUs;
constexpr int64_t kFrameTicks = 20 * kTicksPerMs;
constexpr int kMaterialFrames = 3000;  // A minute, spoken again and again.
// A sender whose crystal is 80 ppm slow.
constexpr int64_t kDriftPpm = 80;
// Memory may grow by this much after the first minutes: pages that the
// allocator had not touched before.
constexpr int64_t kMaxGrowthBytes = 256 * 1024;

[[noreturn]] void Fail(int64_t now_us, std::string_view what) {
  std::fprintf(stderr, "after %.3f s of the call: %.*s\n",
               static_cast<double>(now_us) / 1e6, static_cast<int>(what.size()),
               what.data());
  std::exit(1);
}

int64_t ResidentBytes() {
  int64_t all_pages = 0;
  int64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

struct Travelling {
  int64_t arrival_us = 0;
  int64_t order = 0;
  int64_t sender_ticks = 0;  // Where its audio ends on the sender's time line.
  int epoch = 0;
  Bytes bytes;

  bool operator<(const Travelling& other) const {  // The first is the greatest.
    return arrival_us != other.arrival_us ? arrival_us > other.arrival_us
                                          : order > other.order;
  }
};

// Speaks the same minute again and again, restarts now and then, always shortly
// before sequence numbers and timestamps wrap.
class Sender {
 public:
  explicit Sender(Random& random) : random_(random) {
    Talk talk;
    talk.frames = kMaterialFrames;
    talk.fec = true;
    talk.dtx = true;
    talk.voiced = [](int frame) { return frame % 200 < 140; };
    material_ = Encode(talk);
    Restart(0);
  }

  // The next packet, `at_us` on the sender's clock.
  Travelling Next(int64_t& at_us) {
    const SentPacket& packet = material_[place_];
    at_us = minute_ * kMinuteUs + packet.at_us;
    if (at_us >= restart_us_) Restart(at_us);
    if (++place_ == material_.size()) {
      place_ = 0;
      ++minute_;
    }

    Travelling travelling;
    travelling.sender_ticks = at_us * kTicksPerMs / 1000;
    travelling.epoch = epoch_;
    travelling.bytes = packet.bytes;
    const auto timestamp = static_cast<uint32_t>(travelling.sender_ticks -
                                                 kFrameTicks + timestamp_base_);
    SetField(travelling.bytes, 2, sequence_number_, 2);
    SetField(travelling.bytes, 4, timestamp, 4);
    SetField(travelling.bytes, 8, ssrc_, 4);
    if (sequence_number_++ == 65'535) ++sequence_wraps_;
    if (timestamp < last_timestamp_ && epoch_ == last_epoch_)
      ++timestamp_wraps_;
    last_timestamp_ = timestamp;
    last_epoch_ = epoch_;
    return travelling;
  }

  int epoch() const { return epoch_; }
  int64_t sequence_wraps() const { return sequence_wraps_; }
  int64_t timestamp_wraps() const { return timestamp_wraps_; }

 private:
  void Restart(int64_t at_us) {
    ++epoch_;
    restart_us_ =
        at_us + (10 + static_cast<int64_t>(random_.Below(10))) * kMinuteUs;
    ssrc_ = static_cast<uint32_t>(random_.Next());
    sequence_number_ = static_cast<uint16_t>(65'000 + random_.Below(500));
    // It wraps half a minute from here.
    timestamp_base_ =
        (int64_t{1} << 32) - 30 * kTicksPerSecond - at_us * kTicksPerMs / 1000;
  }

  static void SetField(Bytes& bytes, size_t at, uint32_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) {
      bytes[at + i] = static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
    }
  }

  Random& random_;
  std::vector<SentPacket> material_;
  size_t place_ = 0;
  int64_t minute_ = 0;
  int64_t restart_us_ = 0;
  int epoch_ = 0;
  uint32_t ssrc_ = 0;
  uint16_t sequence_number_ = 0;
  int64_t timestamp_base_ = 0;
  uint32_t last_timestamp_ = 0;
  int last_epoch_ = 0;
  int64_t sequence_wraps_ = 0;
  int64_t timestamp_wraps_ = 0;
};

// Loses bursts, holds packets back, stalls and doubles.
class Network {
 public:
  explicit Network(Random& random) : random_(random) {}

  bool Loses() {
    losing_ = losing_ ? random_.Below(3) != 0 : random_.Below(100) == 0;
    return losing_;
  }
  bool Doubles() { return random_.Below(200) == 0; }
  int64_t ArrivalUs(int64_t sent_us) {
    if (sent_us >= next_stall_us_) {
      stall_ends_us_ = sent_us + 300'000 + Micros(300'000);
      next_stall_us_ = sent_us + 30 * kSecondUs + Micros(60 * kSecondUs);
    }
    int64_t at_us = std::max(sent_us, stall_ends_us_) + 40'000 + Micros(20'000);
    if (random_.Below(100) == 0) at_us += Micros(900'000);
    return at_us + at_us * kDriftPpm / kSecondUs;
  }

 private:
  int64_t Micros(int64_t bound) {
    return static_cast<int64_t>(random_.Below(static_cast<uint64_t>(bound)));
  }

  Random& random_;
  bool losing_ = false;
  int64_t next_stall_us_ = 20 * kSecondUs;
  int64_t stall_ends_us_ = 0;
};

// Where packets that were pushed lately belong, found by their times of
// arrival, which differ.
class Arrivals {
 public:
  void Add(const Travelling& packet) {
    ring_[count_++ % ring_.size()] = {packet.arrival_us, packet.sender_ticks,
                                      packet.epoch};
  }
  struct Arrival {
    int64_t arrival_us = kNever;
    int64_t sender_ticks = 0;
    int epoch = 0;
  };
  const Arrival* Find(int64_t arrival_us) const {
    for (size_t back = 1; back <= std::min(count_, ring_.size()); ++back) {
      const Arrival& arrival = ring_[(count_ - back) % ring_.size()];
      if (arrival.arrival_us == arrival_us) return &arrival;
    }
    return nullptr;
  }

 private:
  std::array<Arrival, 512> ring_;
  size_t count_ = 0;
};

// One receiver and what is known of what it should say.
class Listener {
 public:
  Listener() : receiver_(ReceiverConfig()), checker_(ReceiverConfig()) {}

  void Take(const Travelling& packet) {
    WakeUntil(packet.arrival_us);
    arrivals_.Add(packet);
    receiver_.Push(packet.bytes, packet.arrival_us);
    ++pushed_;
    Poll(packet.arrival_us);
  }

  void WakeUntil(int64_t until_us) {
    for (int64_t at = receiver_.NextWakeupUs(); at != kNever && at < until_us;
         at = receiver_.NextWakeupUs()) {
      Poll(at);
    }
  }

  const Counters& Check(int64_t now_us) {
    const Counters& counters = receiver_.ReadCounters();
    const auto broken = checker_.CheckCounters(counters, pushed_);
    if (!broken.empty()) Fail(now_us, broken);
    return counters;
  }

  const OutputChecker& checker() const { return checker_; }
  int64_t exact() const { return exact_; }
  int64_t pushed() const { return pushed_; }

 private:
  void Poll(int64_t now_us) {
    while (const int count = receiver_.Poll(now_us, pcm_, frames_)) {
      const auto frames = std::span(frames_).first(static_cast<size_t>(count));
      const auto broken = checker_.CheckPoll(frames, pcm_.size());
      if (!broken.empty()) Fail(now_us, broken);
      for (const Frame& frame : frames) CheckPlace(frame, now_us);
    }
  }

  // Received audio ends where the sender's time line says, and from one restart
  // to the next the two lines are the same distance apart.
  void CheckPlace(const Frame& frame, int64_t now_us) {
    if (frame.provenance != Provenance::kReceived) return;
    const auto* arrival = arrivals_.Find(frame.arrival_us);
    if (arrival == nullptr) Fail(now_us, "received audio has its packet");
    const int64_t apart =
        frame.media_ticks + frame.duration_ticks - arrival->sender_ticks;
    if (arrival->epoch > epoch_) {
      // A new sender is placed by its arrival: the delays of the two differ.
      if (epoch_ > 0 && std::abs(apart - apart_) > kTicksPerSecond) {
        Fail(now_us, "a restart continues the time line");
      }
      epoch_ = arrival->epoch;
      apart_ = apart;
    }
    if (arrival->epoch < epoch_) return;  // A repair of before the restart.
    if (apart != apart_) Fail(now_us, "positions are the sender's");
    ++exact_;
  }

  Receiver receiver_;
  OutputChecker checker_;
  Arrivals arrivals_;
  std::array<int16_t, 4 * 5760> pcm_;
  std::array<Frame, 32> frames_;
  int64_t pushed_ = 0;
  int64_t exact_ = 0;
  int64_t apart_ = 0;
  int epoch_ = 0;
};

int Soak(double hours) {
  std::printf("seed %llu, %.2f h\n", static_cast<unsigned long long>(kSeed),
              hours);
  Random random(kSeed);
  Sender sender(random);
  Network network(random);
  Listener listener;
  std::priority_queue<Travelling> travelling;
  const auto call_us = static_cast<int64_t>(hours * kHourUs);
  const int64_t warm_us = std::min(10 * kMinuteUs, call_us / 2);
  int64_t warm_bytes = 0;
  int64_t order = 0;
  int64_t last_us = -1;
  int64_t sent_us = 0;
  int64_t checked_us = 0;
  while (sent_us < call_us) {
    Travelling packet = sender.Next(sent_us);
    while (!travelling.empty() && travelling.top().arrival_us <= sent_us) {
      Travelling arrived = travelling.top();
      travelling.pop();
      arrived.arrival_us = std::max(arrived.arrival_us, last_us + 1);
      last_us = arrived.arrival_us;
      listener.Take(arrived);
    }
    if (sent_us - checked_us >= kMinuteUs) {
      checked_us = sent_us;
      listener.Check(sent_us);
      if (warm_bytes == 0 && sent_us >= warm_us) warm_bytes = ResidentBytes();
    }
    if (network.Loses()) continue;
    for (int copies = network.Doubles() ? 2 : 1; copies > 0; --copies) {
      packet.arrival_us = network.ArrivalUs(sent_us);
      packet.order = order++;
      travelling.push(packet);
    }
  }

  const Counters& counters = listener.Check(sent_us);
  const int64_t grown_bytes = ResidentBytes() - warm_bytes;
  std::printf(
      "%lld packets pushed, %lld frames handed out, %lld of them checked "
      "against the sender's time line\n"
      "%lld lost, %lld late, %lld duplicates, %lld repairs, %lld restarts, "
      "%lld path shifts; %lld sequence and %lld timestamp wraps\n"
      "%.1f h handed out; memory grew by %lld KB after %lld minutes\n",
      static_cast<long long>(listener.pushed()),
      static_cast<long long>(listener.checker().frames()),
      static_cast<long long>(listener.exact()),
      static_cast<long long>(counters.packets_lost),
      static_cast<long long>(counters.packets_late),
      static_cast<long long>(counters.packets_duplicate),
      static_cast<long long>(counters.repairs),
      static_cast<long long>(counters.restarts),
      static_cast<long long>(counters.path_shifts),
      static_cast<long long>(sender.sequence_wraps()),
      static_cast<long long>(sender.timestamp_wraps()),
      static_cast<double>(listener.checker().first_ticks()) /
          (3600.0 * kTicksPerSecond),
      static_cast<long long>(grown_bytes / 1024),
      static_cast<long long>(warm_us / kMinuteUs));
  if (grown_bytes > kMaxGrowthBytes) Fail(sent_us, "memory stays the same");
  if (counters.restarts != sender.epoch() - 1) {
    Fail(sent_us, "every restart is noticed once");
  }
  const int64_t head_us = listener.checker().head_ticks() * 1000 / kTicksPerMs;
  if (std::abs(head_us - sent_us) > 5 * kSecondUs) {
    Fail(sent_us, "the head is where the sender is");
  }
  return 0;
}

}  // namespace
}  // namespace earshot

int main(int argc, char** argv) {
  const double hours = argc > 1 ? std::atof(argv[1]) : 10;
  if (!(hours > 0)) {
    std::fprintf(stderr, "usage: engine_soak [hours]\n");
    return 2;
  }
  return earshot::Soak(hours);
}
