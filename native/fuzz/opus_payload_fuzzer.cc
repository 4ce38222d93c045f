// Payloads in a row to one decoder: what the engine's parser accepts, libopus
// decodes to the length that was read from it, or refuses.
//
// One byte chooses rate and channels; each payload has its length before it, 16
// bits.

#include <opus.h>

#include <array>
#include <vector>

#include "byte_source.h"
#include "expect.h"
#include "opus/opus_decoder_host.h"
#include "opus/opus_packet.h"

namespace earshot {
namespace {

constexpr std::array kRatesHz = {8000, 12000, 16000, 24000, 48000};
constexpr size_t kMaxPayloadBytes = 4096;

class Decoding {
 public:
  Decoding(int sample_rate_hz, int channels)
      : sample_rate_hz_(sample_rate_hz),
        channels_(channels),
        decoder_(sample_rate_hz, channels) {}

  void Take(std::span<const uint8_t> payload) {
    const auto packet = ParseOpusPacket(payload);
    if (!packet) return;
    CheckPacket(*packet, payload);
    if (packet->has_lbrr) {
      const auto copy = Room(packet->frame_ticks);
      const int samples = decoder_.DecodeLbrr(payload, copy);
      Expect(samples < 0 || samples == static_cast<int>(copy.size()),
             "a copy has the length that was asked for");
    }
    const auto room = Room(packet->duration_ticks);
    const int samples = decoder_.Decode(payload, room);
    Expect(samples < 0 || samples == static_cast<int>(room.size()),
           "a packet has the length that was read from it");
    if (samples >= 0) return;
    Expect(decoder_.Conceal(room, Concealment::kClassic) ==
               static_cast<int>(room.size()),
           "a refused packet can be concealed");
  }

 private:
  void CheckPacket(const OpusPacket& packet, std::span<const uint8_t> payload) {
    Expect(packet.duration_ticks > 0 &&
               packet.duration_ticks <= kMaxPacketTicks &&
               packet.duration_ticks % kGridTicks == 0,
           "a packet lasts 2.5 to 120 ms");
    Expect(packet.frame_ticks >= kGridTicks &&
               packet.duration_ticks % packet.frame_ticks == 0,
           "a packet is whole frames");
    Expect(opus_packet_get_nb_samples(payload.data(),
                                      static_cast<opus_int32>(payload.size()),
                                      kTicksPerSecond) == packet.duration_ticks,
           "libopus reads the same length");
  }

  // Memory of exactly this length, so that the sanitizer sees every overrun.
  std::span<int16_t> Room(int ticks) {
    pcm_ = std::vector<int16_t>(static_cast<size_t>(
        ticks * (sample_rate_hz_ / 1000) / kTicksPerMs * channels_));
    return pcm_;
  }

  const int sample_rate_hz_;
  const int channels_;
  OpusDecoderHost decoder_;
  std::vector<int16_t> pcm_;
};

}  // namespace
}  // namespace earshot

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace earshot;
  ByteSource source({data, size});
  const uint8_t choice = source.U8();
  Decoding decoding(kRatesHz[choice % kRatesHz.size()],
                    choice / kRatesHz.size() % 2 == 0 ? 1 : 2);
  while (!source.empty()) {
    const size_t bytes = source.U16() % (kMaxPayloadBytes + 1);
    const auto payload = source.Bytes(bytes);
    decoding.Take(std::vector<uint8_t>(payload.begin(), payload.end()));
  }
  return 0;
}
