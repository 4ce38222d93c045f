// Bytes as what can happen to a receiver: packets of a sender that speaks,
// skips, restarts and lies, a network that holds them back, a host that polls
// whenever it likes with whatever memory it has. After every poll the rules of
// the output are checked.

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "byte_source.h"
#include "event_format.h"
#include "expect.h"
#include "output_checker.h"
#include "receiver/receiver.h"
#include "voice_payloads.h"

namespace earshot {
namespace {

constexpr std::array kRatesHz = {8000, 12000, 16000, 24000, 48000};
constexpr std::array kDeadlinesUs = {0, 20'000, 150'000, 1'000'000};
constexpr std::array kMaxFillsUs = {20'000, 200'000, 2'000'000, 10'000'000};
constexpr int64_t kMaxTimeUs = int64_t{1} << 53;

// A packet can make the longest fill, a second of tail before it, and a repair
// of 1.4 s, in frames as short as 2.5 ms.
int64_t MaxFramesAPacket(const ReceiverConfig& config) {
  return (config.max_fill_us + 1'000'000 + 1'400'000) / 2'500 + 48;
}

ReceiverConfig ReadConfig(ByteSource& source) {
  const uint8_t choice = source.U8();
  ReceiverConfig config;
  config.sample_rate_hz = kRatesHz[choice % kRatesHz.size()];
  config.deadline_us = kDeadlinesUs[choice / 8 % 4];
  config.max_fill_us = kMaxFillsUs[choice / 32 % 4];
  config.readers = choice < 128 ? Readers::kRecognizer : Readers::kBoth;
  return config;
}

// The sender, the network and the host of one run.
class EventStream {
 public:
  explicit EventStream(const ReceiverConfig& config)
      : config_(config), receiver_(config), checker_(config) {}

  void Play(ByteSource& source) {
    while (!source.empty()) {
      const size_t event = source.U8() % kEventSlots;
      if (event < kHandlers.size()) (this->*kHandlers[event])(source);
    }
    receiver_.End();
    PollWith(kRoomyFrames, kRoomySamples);
  }

 private:
  using Handler = void (EventStream::*)(ByteSource&);
  static const std::array<Handler, static_cast<size_t>(Event::kCount)>
      kHandlers;
  static constexpr size_t kRoomyFrames = 32;
  static constexpr size_t kRoomySamples = 4 * 5760;

  // ---- The sender.

  void SendVoice(ByteSource& source) {
    const auto payloads = VoicePayloads();
    const VoicePayload& voice = payloads[source.U8() % payloads.size()];
    Push(MakePacket(voice.bytes));
    Advance(voice.duration_ticks);
  }
  void SendBytes(ByteSource& source) {
    const auto payload = source.Bytes(source.U8());
    Push(MakePacket(payload));
    Advance(20 * kTicksPerMs);
  }
  // As SendVoice, but the network keeps it until Release.
  void HoldVoice(ByteSource& source) {
    const auto payloads = VoicePayloads();
    const VoicePayload& voice = payloads[source.U8() % payloads.size()];
    held_[next_held_++ % held_.size()] = MakePacket(voice.bytes);
    Advance(voice.duration_ticks);
  }
  void LoseVoice(ByteSource& source) {
    sequence_number_ = static_cast<uint16_t>(sequence_number_ + source.U8());
    timestamp_ += static_cast<uint32_t>(20 * kTicksPerMs * source.U8());
  }
  void MoveSequence(ByteSource& source) {
    sequence_number_ = static_cast<uint16_t>(sequence_number_ + source.U16());
  }
  void MoveTimestamp(ByteSource& source) { timestamp_ += source.U32(); }
  void NudgeTimestamp(ByteSource& source) {
    timestamp_ += static_cast<uint32_t>(static_cast<int8_t>(source.U8()));
  }
  void ChangeSource(ByteSource& source) { ssrc_ = source.U8(); }
  void ChangePayloadType(ByteSource& source) {
    payload_type_ = source.U8() & 0x7f;
  }

  // Of this source or of the one before or after it.
  void Report(ByteSource& source) {
    const uint8_t choice = source.U8();
    SenderReport report;
    report.ssrc = choice < 128 ? ssrc_ : choice % 4u;
    report.ntp_time = uint64_t{source.U32()} << 32;
    report.ntp_time |= source.U32();
    report.rtp_timestamp = timestamp_ + source.U16();
    receiver_.OnSenderReport(report);
  }

  // ---- The network.

  void PushRaw(ByteSource& source) {
    const auto bytes = source.Bytes(source.U16() % 5000);
    Push({bytes.begin(), bytes.end()});
  }
  // Pushes what was held, more than once if asked again.
  void Release(ByteSource& source) { Push(held_[source.U8() % held_.size()]); }
  // Packets from now on carry a time of arrival that lies in the past.
  void ArriveEarlier(ByteSource& source) {
    arrival_lag_us_ = 1000 * source.U8();
  }

  // ---- The host.

  void Wait(ByteSource& source) { SetTime(now_us_ + 100 * source.U8()); }
  void WaitLong(ByteSource& source) {
    SetTime(now_us_ + int64_t{1000} * source.U32());
  }
  void WakeUp(ByteSource&) {
    const int64_t at_us = receiver_.NextWakeupUs();
    if (at_us != kNever) SetTime(std::max(now_us_, at_us));
    PollWith(kRoomyFrames, kRoomySamples);
  }
  void PollSmall(ByteSource& source) {
    const uint8_t choice = source.U8();
    const auto least = static_cast<size_t>(config_.sample_rate_hz / 1000 * 120);
    PollWith(size_t{1} + choice % 4, least + choice / 4);
  }
  void GoBack(ByteSource& source) {
    SetTime(now_us_ - int64_t{1000} * source.U8());
  }
  void EndStream(ByteSource&) { receiver_.End(); }
  // What a listener hears for 10 to 80 ms, at once or in its time.
  void Pull(ByteSource& source) {
    const uint8_t choice = source.U8();
    if (config_.readers == Readers::kRecognizer) return;
    std::vector<int16_t> pcm(static_cast<size_t>(config_.sample_rate_hz / 100));
    for (int pulls = choice % 8; pulls >= 0; --pulls) {
      const PlayoutBlock block = receiver_.Pull(now_us_, pcm);
      Expect(block.concealed_samples >= 0 &&
                 block.concealed_samples <= static_cast<int>(pcm.size()),
             "no more is made up than is heard");
      Expect(block.target_us >= 0 && block.target_us <= config_.max_delay_us,
             "the target delay is in its bounds");
      Expect(block.level_us >= 0, "no less than nothing is at hand");
      if (choice >= 128) SetTime(now_us_ + 10'000);
    }
  }

  // ---- How.

  std::vector<uint8_t> MakePacket(std::span<const uint8_t> payload) const {
    std::vector<uint8_t> packet = {0x80, payload_type_};
    for (int shift = 8; shift >= 0; shift -= 8) {
      packet.push_back(static_cast<uint8_t>(sequence_number_ >> shift));
    }
    for (const uint32_t word : {timestamp_, ssrc_}) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        packet.push_back(static_cast<uint8_t>(word >> shift));
      }
    }
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
  }

  void Advance(int duration_ticks) {
    ++sequence_number_;
    timestamp_ += static_cast<uint32_t>(duration_ticks);
  }

  void Push(const std::vector<uint8_t>& packet) {
    ++pushed_;
    receiver_.Push(packet, std::max<int64_t>(0, now_us_ - arrival_lag_us_));
  }

  void SetTime(int64_t now_us) {
    now_us_ = std::clamp<int64_t>(now_us, 0, kMaxTimeUs);
  }

  // Polls until nothing is due.
  void PollWith(size_t most_frames, size_t most_samples) {
    std::vector<int16_t> pcm(most_samples);
    std::vector<Frame> frames(most_frames);
    for (;;) {
      const int count = receiver_.Poll(now_us_, pcm, frames);
      Expect(count >= 0 && count <= static_cast<int>(most_frames),
             "as many frames as fit");
      if (count == 0) break;
      // Who pulls and does not poll loses frames: their rules hold no more.
      if (receiver_.ReadCounters().frames_dropped > 0) continue;
      ExpectNothing(checker_.CheckPoll(
          std::span(frames).first(static_cast<size_t>(count)), pcm.size()));
      // The work counter: what comes out grows with what went in.
      Expect(checker_.frames() <= MaxFramesAPacket(config_) * (pushed_ + 1),
             "the work of a packet is bounded");
    }
    const int64_t wakeup_us = receiver_.NextWakeupUs();
    Expect(wakeup_us == kNever || wakeup_us > now_us_,
           "what is done needs no waking");
    const Counters& counters = receiver_.ReadCounters();
    if (counters.frames_dropped > 0) return;
    ExpectNothing(checker_.CheckCounters(counters, pushed_));
  }

  static void ExpectNothing(std::string_view broken_rule) {
    Expect(broken_rule.empty(), broken_rule);
  }

  const ReceiverConfig config_;
  Receiver receiver_;
  OutputChecker checker_;
  uint16_t sequence_number_ = 65'500;
  uint32_t timestamp_ = 0xffff'0000;
  uint32_t ssrc_ = 1;
  uint8_t payload_type_ = 111;
  std::array<std::vector<uint8_t>, 64> held_;
  size_t next_held_ = 0;
  int64_t arrival_lag_us_ = 0;
  int64_t now_us_ = 1'000'000;
  int64_t pushed_ = 0;
};

// In the order of `Event`.
const std::array<EventStream::Handler, static_cast<size_t>(Event::kCount)>
    EventStream::kHandlers = {
        &EventStream::SendVoice,
        &EventStream::SendBytes,
        &EventStream::HoldVoice,
        &EventStream::Release,
        &EventStream::LoseVoice,
        &EventStream::Wait,
        &EventStream::WakeUp,
        &EventStream::PollSmall,
        &EventStream::NudgeTimestamp,
        &EventStream::MoveTimestamp,
        &EventStream::MoveSequence,
        &EventStream::ChangeSource,
        &EventStream::ChangePayloadType,
        &EventStream::PushRaw,
        &EventStream::ArriveEarlier,
        &EventStream::WaitLong,
        &EventStream::GoBack,
        &EventStream::EndStream,
        &EventStream::Report,
        &EventStream::Pull,
};

}  // namespace
}  // namespace earshot

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  earshot::ByteSource source({data, size});
  earshot::EventStream stream(earshot::ReadConfig(source));
  stream.Play(source);
  return 0;
}
