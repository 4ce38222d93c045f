#include "receiver/packet_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <numeric>

namespace earshot {
namespace {

constexpr size_t kPayloadBytes = 65'536;

BufferedPacket Packet(int64_t sequence) {
  BufferedPacket packet;
  packet.sequence = sequence;
  return packet;
}

std::vector<uint8_t> Payload(size_t size) {
  std::vector<uint8_t> payload(size);
  std::iota(payload.begin(), payload.end(), uint8_t{1});
  return payload;
}

TEST_CASE("gives payloads of every size back whole") {
  auto buffer = std::make_unique<PacketBuffer>(kPayloadBytes);
  int64_t sequence = 0;
  for (const size_t size :
       {0u, 1u, 127u, 128u, 129u, 255u, 256u, 1275u, 4096u}) {
    const auto payload = Payload(size);
    REQUIRE(buffer->Insert(Packet(sequence), payload));
    const auto back = buffer->Payload(sequence);
    CHECK(std::equal(back.begin(), back.end(), payload.begin(), payload.end()));
    ++sequence;
  }
}

TEST_CASE("a full buffer refuses the newcomer and keeps what waits") {
  auto buffer = std::make_unique<PacketBuffer>(kPayloadBytes);
  int64_t stored = 0;
  while (buffer->Insert(Packet(stored), Payload(1000))) ++stored;

  CHECK(stored == 2048 / 32);  // 2048 units of 32 bytes, 32 a packet.
  CHECK(buffer->Oldest()->sequence == 0);

  buffer->Release(0);
  CHECK(buffer->Insert(Packet(stored), Payload(1000)));
  CHECK(buffer->Oldest()->sequence == 1);
}

TEST_CASE("all room comes back after a long life") {
  auto buffer = std::make_unique<PacketBuffer>(kPayloadBytes);
  for (int64_t sequence = 0; sequence < 100'000; ++sequence) {
    REQUIRE(buffer->Insert(Packet(sequence),
                           Payload(static_cast<size_t>(sequence % 1500))));
    if (sequence >= 20) buffer->Release(sequence - 20);
  }
  for (int64_t sequence = 99'980; sequence < 100'000; ++sequence) {
    buffer->Release(sequence);
  }
  int64_t stored = 0;
  while (buffer->Insert(Packet(200'000 + stored), Payload(128))) ++stored;
  CHECK(stored >= 2048 / 4 - 1);  // The ring turns in the middle of one.
}

TEST_CASE("finds the oldest again after a jump of more than the ring") {
  auto buffer = std::make_unique<PacketBuffer>(kPayloadBytes);
  REQUIRE(buffer->Insert(Packet(5), Payload(1)));
  REQUIRE(buffer->Insert(Packet(2900), Payload(1)));
  REQUIRE(buffer->Insert(Packet(2500), Payload(1)));

  buffer->Release(5);
  CHECK(buffer->Oldest()->sequence == 2500);
  buffer->Release(2500);
  CHECK(buffer->Oldest()->sequence == 2900);
  buffer->Release(2900);
  CHECK(buffer->Oldest() == nullptr);
}

TEST_CASE("remembers what became of a number") {
  auto buffer = std::make_unique<PacketBuffer>(kPayloadBytes);
  REQUIRE(buffer->Insert(Packet(1), Payload(1)));
  CHECK(buffer->StateOf(1) == PacketState::kWaiting);
  buffer->Release(1);
  CHECK(buffer->StateOf(1) == PacketState::kSeen);
  CHECK(buffer->StateOf(2) == PacketState::kUnknown);
  buffer->MarkSeen(2);
  CHECK(buffer->StateOf(2) == PacketState::kSeen);
  // Its slot still belongs to a newer number.
  buffer->MarkSeen(2 + PacketBuffer::kSlots);
  buffer->MarkSeen(2);
  CHECK(buffer->StateOf(2) == PacketState::kUnknown);
}

TEST_CASE("what is kept can be read again until it is forgotten") {
  auto buffer = std::make_unique<PacketBuffer>(kPayloadBytes);
  for (int64_t sequence = 0; sequence < 5; ++sequence) {
    REQUIRE(buffer->Insert(Packet(sequence), Payload(200)));
  }
  for (int64_t sequence = 0; sequence < 3; ++sequence) buffer->Keep(sequence);

  CHECK(buffer->Oldest()->sequence == 3);
  CHECK(buffer->FirstFrom(0)->sequence == 0);
  CHECK(buffer->Payload(1).size() == 200);

  buffer->ForgetBelow(2);
  CHECK(buffer->StateOf(1) == PacketState::kSeen);
  CHECK(buffer->FirstFrom(0)->sequence == 2);
  CHECK(buffer->FirstFrom(3)->sequence == 3);
}

TEST_CASE("what waits has the room of what is only kept") {
  auto buffer = std::make_unique<PacketBuffer>(kPayloadBytes);
  for (int64_t sequence = 0; sequence < 64; ++sequence) {
    REQUIRE(buffer->Insert(Packet(sequence), Payload(1000)));
    buffer->Keep(sequence);
  }
  for (int64_t sequence = 64; sequence < 128; ++sequence) {
    REQUIRE(buffer->Insert(Packet(sequence), Payload(1000)));
  }
  CHECK(buffer->FirstFrom(0)->sequence == 64);
  CHECK_FALSE(buffer->InsertKept(Packet(10), Payload(10)));
}

TEST_CASE("what is kept gives its room back after a jump of the numbers") {
  PacketBuffer buffer(kPayloadBytes);
  for (int64_t sequence = 0; sequence < 64; ++sequence) {
    REQUIRE(buffer.Insert(Packet(sequence), Payload(1000)));
    buffer.Keep(sequence);
  }
  const int64_t far = 100 * PacketBuffer::kSlots + 300;
  for (int64_t sequence = far; sequence < far + 64; ++sequence) {
    REQUIRE(buffer.Insert(Packet(sequence), Payload(1000)));
  }
  CHECK(buffer.StateOf(0) == PacketState::kSeen);
}

TEST_CASE(
    "other bytes of a number are noticed, even after the first are gone") {
  PacketBuffer buffer(kPayloadBytes);
  REQUIRE(buffer.Insert(Packet(1), Payload(100)));
  auto other = Payload(100);
  other[50] ^= 1;
  for (int times = 0; times < 2; ++times) {
    CHECK_FALSE(buffer.Conflicts(1, Payload(100)));
    CHECK(buffer.Conflicts(1, other));
    CHECK(buffer.Conflicts(1, Payload(99)));
    buffer.Release(1);
  }
  // Nothing is known of what was not kept, nor of another number.
  buffer.MarkSeen(2);
  buffer.MarkSeen(1 + PacketBuffer::kSlots);
  CHECK_FALSE(buffer.Conflicts(2, other));
  CHECK_FALSE(buffer.Conflicts(1 + PacketBuffer::kSlots, other));
}

}  // namespace
}  // namespace earshot
