#ifndef EARSHOT_TEST_RED_WRITER_H_
#define EARSHOT_TEST_RED_WRITER_H_

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace earshot {

// Writes RED payloads as a sender does (RFC 2198 3): each holds the payloads of
// the `distance` packets before it as well.
class RedWriter {
 public:
  // `payload_type`: of the codec inside.
  RedWriter(int distance, int payload_type);

  // The RED payload of the packet at `timestamp`, in ticks of the RTP clock.
  std::vector<uint8_t> Write(uint32_t timestamp,
                             std::span<const uint8_t> payload);

 private:
  struct Past {
    uint32_t timestamp = 0;
    std::vector<uint8_t> payload;
  };

  const size_t distance_;
  const uint8_t payload_type_;
  std::deque<Past> past_;  // Oldest first.
};

}  // namespace earshot

#endif  // EARSHOT_TEST_RED_WRITER_H_
