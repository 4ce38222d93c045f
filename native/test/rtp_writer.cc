#include "rtp_writer.h"

namespace earshot {
namespace {

constexpr uint16_t kOneByteProfile = 0xbede;  // RFC 8285 4.2.
constexpr uint16_t kTwoByteProfile = 0x1000;  // RFC 8285 4.3.

std::vector<uint8_t> WriteExtension(uint16_t profile,
                                    std::vector<uint8_t> element) {
  while (element.size() % 4 != 0) element.push_back(0);
  std::vector<uint8_t> extension;
  AppendNumber(extension, profile, 2);
  AppendNumber(extension, element.size() / 4, 2);
  for (const uint8_t byte : element) extension.push_back(byte);
  return extension;
}

}  // namespace

void AppendNumber(std::vector<uint8_t>& bytes, uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i) {
    bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
}

std::vector<uint8_t> WriteRtp(const RtpFields& fields,
                              std::span<const uint8_t> payload) {
  const bool extends = !fields.extension.empty();
  std::vector<uint8_t> packet = {static_cast<uint8_t>(extends ? 0x90 : 0x80),
                                 static_cast<uint8_t>(fields.payload_type)};
  AppendNumber(packet, fields.sequence_number, 2);
  AppendNumber(packet, fields.timestamp, 4);
  AppendNumber(packet, fields.ssrc, 4);
  packet.insert(packet.end(), fields.extension.begin(), fields.extension.end());
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

std::vector<uint8_t> WriteOneByteExtension(int id,
                                           std::span<const uint8_t> data) {
  std::vector<uint8_t> element = {
      static_cast<uint8_t>(id << 4 | (static_cast<int>(data.size()) - 1))};
  element.insert(element.end(), data.begin(), data.end());
  return WriteExtension(kOneByteProfile, std::move(element));
}

std::vector<uint8_t> WriteTwoByteExtension(int id,
                                           std::span<const uint8_t> data) {
  std::vector<uint8_t> element = {static_cast<uint8_t>(id),
                                  static_cast<uint8_t>(data.size())};
  element.insert(element.end(), data.begin(), data.end());
  return WriteExtension(kTwoByteProfile, std::move(element));
}

}  // namespace earshot
