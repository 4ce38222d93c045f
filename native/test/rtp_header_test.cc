#include "rtp/rtp_header.h"

#include <doctest/doctest.h>

#include <vector>

#include "rtp/rtp_extensions.h"

namespace earshot {
namespace {

using Bytes = std::vector<uint8_t>;

// Version 2, marker, payload type 111, sequence 0x1234, timestamp 0x01020304.
const Bytes kPlain = {0x80, 0xef, 0x12, 0x34, 0x01, 0x02, 0x03, 0x04,
                      0xaa, 0xbb, 0xcc, 0xdd, 0x78, 0x01, 0x02};

TEST_CASE("reads the fields of a plain header") {
  const auto header = ParseRtpHeader(kPlain);

  REQUIRE(header);
  CHECK(header->payload_type == 111);
  CHECK(header->marker);
  CHECK(header->sequence_number == 0x1234);
  CHECK(header->timestamp == 0x01020304);
  CHECK(header->ssrc == 0xaabbccdd);
  CHECK(header->payload_offset == 12);
  CHECK(header->payload_size == 3);
  CHECK(header->padding_size == 0);
}

TEST_CASE("leaves CSRCs, extension and padding out of the payload") {
  // 1 CSRC, one word of extension, 2 bytes of padding.
  const Bytes packet = {0xb1, 0x6f, 0, 1, 0,    0,    0,    2,    0, 0,
                        0,    3,    9, 9, 9,    9,    0xbe, 0xde, 0, 1,
                        0x10, 0x55, 0, 0, 0x78, 0x01, 0,    2};

  const auto header = ParseRtpHeader(packet);

  REQUIRE(header);
  CHECK(header->payload_offset == 24);
  CHECK(header->payload_size == 2);
  CHECK(header->padding_size == 2);
  const auto level = FindRtpExtension(packet, *header, 1);
  REQUIRE(level.size() == 1);
  CHECK(level[0] == 0x55);
  CHECK(FindRtpExtension(packet, *header, 2).data() == nullptr);
}

TEST_CASE("finds elements of the two-byte form") {
  // Element 20 of 2 bytes, padding, element 21 of no bytes.
  const Bytes packet = {0x90, 0x6f, 0, 1, 0,  0, 0, 2, 0, 0, 0,  3,
                        0x10, 0x00, 0, 2, 20, 2, 7, 8, 0, 0, 21, 0};

  const auto header = ParseRtpHeader(packet);

  REQUIRE(header);
  const auto element = FindRtpExtension(packet, *header, 20);
  REQUIRE(element.size() == 2);
  CHECK(element[1] == 8);
  CHECK(FindRtpExtension(packet, *header, 21).data() != nullptr);
  CHECK(FindRtpExtension(packet, *header, 21).empty());
}

TEST_CASE("refuses RTCP on the same port, other versions and wrong padding") {
  Bytes rtcp = kPlain;
  rtcp[1] = 200;
  Bytes version_1 = kPlain;
  version_1[0] = 0x40;
  Bytes too_much_padding = kPlain;
  too_much_padding[0] |= 0x20;
  too_much_padding.back() = 4;  // Only 3 bytes follow the header.
  Bytes no_padding = too_much_padding;
  no_padding.back() = 0;

  CHECK_FALSE(ParseRtpHeader(rtcp));
  CHECK_FALSE(ParseRtpHeader(version_1));
  CHECK_FALSE(ParseRtpHeader(too_much_padding));
  CHECK_FALSE(ParseRtpHeader(no_padding));
}

TEST_CASE("never reads behind a packet that was cut anywhere") {
  const Bytes packet = {0xb1, 0x6f, 0, 1,    0,    0, 0, 2,    0,    0, 0, 3, 9,
                        9,    9,    9, 0xbe, 0xde, 0, 1, 0x13, 0x55, 0, 0, 1};
  for (size_t size = 0; size <= packet.size(); ++size) {
    // A heap copy of exactly this size, so that the sanitizer sees one byte
    // more.
    const Bytes cut(packet.begin(),
                    packet.begin() + static_cast<std::ptrdiff_t>(size));
    const auto header = ParseRtpHeader(cut);
    if (!header) continue;
    CHECK(header->payload_offset + header->payload_size <= size);
    for (int id = 1; id <= 15; ++id) FindRtpExtension(cut, *header, id);
  }
}

}  // namespace
}  // namespace earshot
