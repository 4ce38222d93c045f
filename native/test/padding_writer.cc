#include "padding_writer.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr uint8_t kPaddingBit = 0x20;
constexpr size_t kFixedHeaderBytes = 12;

}  // namespace

void Renumber(Bytes& packet, int by) {
  const auto number =
      static_cast<uint16_t>(((packet[2] << 8) | packet[3]) + by);
  packet[2] = static_cast<uint8_t>(number >> 8);
  packet[3] = static_cast<uint8_t>(number);
}

SentPacket PaddingBehind(const SentPacket& before, int64_t after_us,
                         uint8_t bytes) {
  SentPacket padding = before;
  padding.at_us += after_us;
  padding.bytes.resize(kFixedHeaderBytes);
  padding.bytes[0] |= kPaddingBit;
  padding.bytes[1] &= 0x7f;
  padding.bytes.resize(kFixedHeaderBytes + bytes, 0);
  padding.bytes.back() = bytes;
  Renumber(padding.bytes, 1);
  return padding;
}

std::vector<SentPacket> WithPadding(const std::vector<SentPacket>& talk,
                                    size_t every, std::vector<size_t>& places) {
  std::vector<SentPacket> packets;
  int by = 0;
  for (size_t i = 0; i < talk.size(); ++i) {
    packets.push_back(talk[i]);
    Renumber(packets.back().bytes, by);
    if (i % every != every - 1) continue;
    for (int k = 0; k < 2; ++k) {
      places.push_back(packets.size());
      packets.push_back(PaddingBehind(packets.back(), 3 * kMs, 224));
    }
    by += 2;
  }
  return packets;
}

}  // namespace earshot
