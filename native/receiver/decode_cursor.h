#ifndef EARSHOT_RECEIVER_DECODE_CURSOR_H_
#define EARSHOT_RECEIVER_DECODE_CURSOR_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/audio_decoder.h"
#include "dsp/comfort_noise.h"
#include "opus/dred_decoder.h"
#include "opus/opus_library.h"
#include "opus/opus_packet.h"
#include "receiver/concealment_budget.h"
#include "receiver/frame.h"
#include "receiver/hole.h"
#include "receiver/packet_buffer.h"
#include "receiver/payload_map.h"

namespace earshot {

constexpr int kFillFrameTicks = 20 * kTicksPerMs;
// Of silence that the sender announced. It is handed out as late as a packet
// that ended it may usually be, which on some paths is a hundred times as late
// as the packets are: in pieces of 20 ms it would be most of what comes late.
constexpr int kSilenceFrameTicks = 60 * kTicksPerMs;

// What can be done at the head.
enum class StepKind {
  kDeliver,     // Decode the packet.
  kPause,       // Fill silence that the sender meant.
  kLbrr,        // Decode the copy that the next packet holds.
  kConceal,     // Let the codec make up a lost frame.
  kTail,        // Let the codec go on, nothing newer is known.
  kJump,        // Go to the next packet: the gap is too long to fill.
  kAnnounce,    // Nothing to hand out: the packet announces silence.
  kFoundPause,  // Nothing to hand out: `ticks` from here are known to be
                // silence.
};

struct Step {
  StepKind kind = StepKind::kTail;
  int ticks = 0;  // Of audio; for kJump and kFoundPause of the gap.
  int passed_ticks =
      0;  // Of kDeliver: how much of the packet's start is cut off.
  bool uses_up_packet = false;
};

// Room for what a step makes, at any rate.
using PacketPcm = std::array<int16_t, 2 * kMaxPacketTicks>;

// Samples that a step made.
struct Made {
  Provenance provenance = Provenance::kReceived;
  int64_t arrival_us = kNever;  // Of the packet; kNever where there was none.
};

struct DecoderConfig {
  int sample_rate_hz = 16000;
  int channels = 1;
  int64_t max_gap_ticks = 0;  // The longest gap that is filled.
  OpusLibrary library = OpusLibrary::BuiltIn();
  ConcealmentBudget* budget = nullptr;   // Must outlive the cursor,
  const PayloadMap* payloads = nullptr;  // and so must this.
};

// A decoder and where it stands in the stream. The head is the first position
// not decoded yet; it is always a multiple of 2.5 ms, so that every frame is a
// whole number of samples.
class DecodeCursor {
 public:
  explicit DecodeCursor(const DecoderConfig& config);

  // All but the decoder: copied to come back to it later.
  struct Place {
    int64_t head_ticks = 0;
    int64_t next_sequence = 0;  // Expected at the head.
    int64_t slip_ticks = 0;     // Added to the positions of packets.
    int64_t pause_end_ticks =
        0;                   // Up to here the sender is known to be silent.
    int64_t tail_ticks = 0;  // Filled since the last packet.
    int last_packet_ticks = kFillFrameTicks;
    bool last_was_dtx = false;  // Or comfort noise: the codec is silent.
    Provenance silence = Provenance::kDtx;  // What that silence is.
    bool is_concealing = false;             // The last audio was made up.
    bool uses_dtx = false;    // The sender has announced silence before.
    int64_t quiet_ticks = 0;  // Of real audio near the noise floor, up to now.
  };

  const Place& place() const { return place_; }
  Place& place() { return place_; }
  AudioDecoder& decoder() { return *decoders_[active_].decoder; }
  const AudioDecoder& decoder() const { return *decoders_[active_].decoder; }
  const CodecFormat& format() const { return decoders_[active_].format; }

  // Goes on with a decoder of this format, as it was left. Allocates at the
  // first time.
  void Use(const CodecFormat& format);

  // Goes on from where another is.
  void CopyFrom(const DecodeCursor& other) {
    place_ = other.place_;
    comfort_noise_ = other.comfort_noise_;
    Use(other.format());
    decoder().CopyFrom(other.decoder());
  }

  // Exchanges the decoders, and with them what they know.
  void SwapDecodersWith(DecodeCursor& other);
  ComfortNoise& comfort_noise() { return comfort_noise_; }
  const ComfortNoise& comfort_noise() const { return comfort_noise_; }

  // From the head to the packet; negative when its start has been passed.
  int64_t GapTicks(const BufferedPacket& next) const {
    return next.media_ticks + place_.slip_ticks - place_.head_ticks;
  }

  // Whether the packet's number is the one that is due at the head.
  bool Expects(const BufferedPacket& next) const {
    return next.sequence == place_.next_sequence;
  }

  // Whether the sender's codec is silent at the head, by its own word or
  // because a sender who uses DTX was quiet and then sent nothing: that its
  // announcement was lost is likelier than that all its packets were.
  bool IsSilent() const;

  // Learns from real audio that was just decoded.
  void Hear(float level_db, int ticks);

  // Whether the time of the packet that is due has been filled; of a later one,
  // whether no audio is missing before it.
  bool HasPassed(const BufferedPacket& next) const;

  // What is to be done at the head when `next`, or nothing (nullptr), is the
  // next packet that is here; `missing_packets` of audio are missing before it.
  Step Plan(const BufferedPacket* next, int64_t missing_packets) const;

  // Stitches sloppy timestamps: a packet that follows its predecessor
  // within 2.5 ms of where it should, does follow it.
  void Stitch(const BufferedPacket& next);

  // Does a step that hands out audio: fills `room`, which must be exactly its
  // length (a packet's whole length for kDeliver), and moves the head.
  // `payload` is that of `next`.
  Made Render(const Step& step, const BufferedPacket* next,
              std::span<const uint8_t> payload, std::span<int16_t> room);

  // Does kAnnounce.
  void Announce(const BufferedPacket& next, std::span<const uint8_t> payload);

  // Does kJump and kFoundPause.
  void Skip(const Step& step, const BufferedPacket& next);

  // How much of what is missing before `next` can lie in the gap that is left:
  // packets whose time was filled at the tail are no longer waited for.
  int64_t MissingBefore(const BufferedPacket& next) const;

  // Of all channels.
  size_t SamplesOf(int64_t ticks) const;

 private:
  bool RecallFrom(const BufferedPacket& next, std::span<const uint8_t> payload,
                  std::span<int16_t> room, int ticks);
  void Conceal(std::span<int16_t> room, int ticks);
  void NeverZero(std::span<int16_t> pcm);
  int FillTicks(int64_t limit_ticks) const;

  // As many formats as one stream changes between.
  static constexpr size_t kDecoders = 3;
  struct Decoder {
    CodecFormat format;
    std::unique_ptr<AudioDecoder> decoder;
  };

  DecoderConfig config_;
  Place place_;
  std::array<Decoder, kDecoders> decoders_;
  std::unique_ptr<DredDecoder> dred_;  // Where the library has it.
  int64_t dred_sequence_ = kNever;     // The packet that it has read,
  int64_t dred_ticks_ = 0;             // and how far back.
  size_t active_ = 0;
  size_t oldest_ = 0;  // Makes way for a fourth format.
  ComfortNoise comfort_noise_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_DECODE_CURSOR_H_
