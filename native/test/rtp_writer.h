#ifndef EARSHOT_TEST_RTP_WRITER_H_
#define EARSHOT_TEST_RTP_WRITER_H_

#include <cstdint>
#include <span>
#include <vector>

namespace earshot {

// The fields of an RTP packet that tests vary.
struct RtpFields {
  int payload_type = 0;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0x1234;
  // The header extension, from its profile on; empty for none.
  std::vector<uint8_t> extension = {};
};

// A whole packet (RFC 3550 5.1).
std::vector<uint8_t> WriteRtp(const RtpFields& fields,
                              std::span<const uint8_t> payload);

// A header extension with one element, in the two forms of RFC 8285.
std::vector<uint8_t> WriteOneByteExtension(int id,
                                           std::span<const uint8_t> data);
std::vector<uint8_t> WriteTwoByteExtension(int id,
                                           std::span<const uint8_t> data);

// `count` bytes of a number, the highest first.
void AppendNumber(std::vector<uint8_t>& bytes, uint64_t value, int count);

}  // namespace earshot

#endif  // EARSHOT_TEST_RTP_WRITER_H_
