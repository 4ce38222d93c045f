#include "playout_call.h"

#include <algorithm>
#include <array>

namespace earshot {
namespace {

constexpr int64_t kTickUs = 10'000;

}  // namespace

bool PlayedBlock::operator==(const PlayedBlock& other) const {
  return at_us == other.at_us && pcm == other.pcm &&
         block.media_ticks == other.block.media_ticks &&
         block.provenance == other.block.provenance &&
         block.is_playing == other.block.is_playing &&
         block.concealed_samples == other.block.concealed_samples &&
         block.removed_samples == other.block.removed_samples &&
         block.inserted_samples == other.block.inserted_samples &&
         block.delay_us == other.block.delay_us &&
         block.target_us == other.block.target_us &&
         block.level_us == other.block.level_us;
}

std::vector<PlayedBlock> PlayOut(Receiver& receiver,
                                 std::vector<SentPacket> packets,
                                 const Listener& listener) {
  std::stable_sort(packets.begin(), packets.end(),
                   [](const SentPacket& a, const SentPacket& b) {
                     return a.at_us < b.at_us;
                   });
  std::vector<PlayedBlock> played;
  std::array<int16_t, 960> pcm;
  size_t arrived = 0;
  const int64_t end_us = packets.back().at_us + listener.tail_us;
  int64_t at_us = 0;
  for (int i = 0;; ++i) {
    const int64_t late_us = listener.late_us ? listener.late_us(i) : 0;
    at_us = std::max(at_us, listener.first_pull_us + i * kTickUs + late_us);
    for (; arrived < packets.size() && packets[arrived].at_us <= at_us;
         ++arrived) {
      receiver.Push(packets[arrived].bytes, packets[arrived].at_us);
      if (listener.recognized != nullptr) {
        PollInto(receiver, packets[arrived].at_us, *listener.recognized);
      }
    }
    if (listener.ends && arrived == packets.size()) receiver.End();
    if (listener.recognized != nullptr) {
      PollInto(receiver, at_us, *listener.recognized);
    }
    const auto out = std::span(pcm).first(listener.block_samples);
    const PlayoutBlock block = receiver.Pull(at_us, out);
    played.push_back({at_us, block, {out.begin(), out.end()}});
    if (at_us >= end_us) return played;
  }
}

std::vector<PlayedBlock> PlayOut(const ReceiverConfig& config,
                                 std::vector<SentPacket> packets,
                                 const Listener& listener) {
  Receiver receiver(config);
  Listener of_this_rate = listener;
  of_this_rate.block_samples =
      static_cast<size_t>(config.channels * config.sample_rate_hz / 100);
  return PlayOut(receiver, std::move(packets), of_this_rate);
}

ReceiverConfig PlayoutReceiver() {
  ReceiverConfig config;
  config.readers = Readers::kPlayout;
  return config;
}

std::vector<int16_t> PlayedPcm(const std::vector<PlayedBlock>& played) {
  std::vector<int16_t> all;
  for (const PlayedBlock& one : played) {
    if (one.block.is_playing) {
      all.insert(all.end(), one.pcm.begin(), one.pcm.end());
    }
  }
  return all;
}

int64_t ConcealedSamples(const std::vector<PlayedBlock>& played) {
  int64_t samples = 0;
  for (const PlayedBlock& one : played) samples += one.block.concealed_samples;
  return samples;
}

bool IsSpeech(const PlayedBlock& played) {
  const Provenance provenance = played.block.provenance;
  return played.block.is_playing && (provenance == Provenance::kReceived ||
                                     provenance == Provenance::kFec);
}

int64_t GreatestDelayUs(const std::vector<PlayedBlock>& played, int64_t from_us,
                        int64_t to_us) {
  int64_t greatest_us = INT64_MIN;
  for (const PlayedBlock& one : played) {
    if (IsSpeech(one) && one.at_us >= from_us && one.at_us < to_us) {
      greatest_us = std::max(greatest_us, one.block.delay_us);
    }
  }
  return greatest_us;
}

int64_t MeanDelayUs(const std::vector<PlayedBlock>& played, int64_t from_us,
                    int64_t to_us) {
  int64_t sum_us = 0;
  int64_t count = 0;
  for (const PlayedBlock& one : played) {
    if (IsSpeech(one) && one.at_us >= from_us && one.at_us < to_us) {
      sum_us += one.block.delay_us;
      ++count;
    }
  }
  return count == 0 ? INT64_MAX : sum_us / count;
}

std::vector<SentPacket> Jittered(std::vector<SentPacket> packets,
                                 int64_t jitter_us, uint64_t seed) {
  Random random(seed);
  for (size_t i = 1; i < packets.size(); ++i) {
    packets[i].at_us += static_cast<int64_t>(
        random.Below(static_cast<uint64_t>(jitter_us) + 1));
  }
  return packets;
}

std::vector<SentPacket> InOrder(std::vector<SentPacket> packets) {
  for (size_t i = 1; i < packets.size(); ++i) {
    packets[i].at_us = std::max(packets[i].at_us, packets[i - 1].at_us);
  }
  return packets;
}

}  // namespace earshot
