#include "red_writer.h"

namespace earshot {
namespace {

constexpr uint32_t kMaxOffset = (1 << 14) - 1;
constexpr size_t kMaxBlockBytes = (1 << 10) - 1;

}  // namespace

RedWriter::RedWriter(int distance, int payload_type)
    : distance_(static_cast<size_t>(distance)),
      payload_type_(static_cast<uint8_t>(payload_type)) {}

std::vector<uint8_t> RedWriter::Write(uint32_t timestamp,
                                      std::span<const uint8_t> payload) {
  std::vector<uint8_t> red;
  std::vector<uint8_t> blocks;
  for (const Past& past : past_) {
    const uint32_t offset = timestamp - past.timestamp;
    const size_t size = past.payload.size();
    if (offset == 0 || offset > kMaxOffset || size > kMaxBlockBytes) continue;
    red.push_back(0x80 | payload_type_);
    red.push_back(static_cast<uint8_t>(offset >> 6));
    red.push_back(static_cast<uint8_t>(offset << 2 | size >> 8));
    red.push_back(static_cast<uint8_t>(size));
    blocks.insert(blocks.end(), past.payload.begin(), past.payload.end());
  }
  red.push_back(payload_type_);
  red.insert(red.end(), blocks.begin(), blocks.end());
  red.insert(red.end(), payload.begin(), payload.end());

  past_.push_back({timestamp, {payload.begin(), payload.end()}});
  if (past_.size() > distance_) past_.pop_front();
  return red;
}

}  // namespace earshot
