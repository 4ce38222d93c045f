#ifndef EARSHOT_TEST_PLAYOUT_CALL_H_
#define EARSHOT_TEST_PLAYOUT_CALL_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "simulated_call.h"

namespace earshot {

// 10 ms as they were played.
struct PlayedBlock {
  int64_t at_us = 0;
  PlayoutBlock block;
  std::vector<int16_t> pcm;

  bool operator==(const PlayedBlock& other) const;
};

// How a call is listened to.
struct Listener {
  size_t block_samples = 160;  // Of all channels; by the configuration, if any.
  int64_t first_pull_us = 0;
  // Goes on for this long after the last packet.
  int64_t tail_us = 0;
  bool ends = false;  // Says so when the last packet has come.
  // By how much pull i comes later than its time.
  std::function<int64_t(int)> late_us = {};
  // Where given, a recognizer polls at every packet and every pull too.
  std::vector<HeardFrame>* recognized = nullptr;
};

// Pulls every 10 ms while packets (in any order) arrive; packets that come at
// the time of a pull come before it.
std::vector<PlayedBlock> PlayOut(Receiver& receiver,
                                 std::vector<SentPacket> packets,
                                 const Listener& listener = {});
std::vector<PlayedBlock> PlayOut(const ReceiverConfig& config,
                                 std::vector<SentPacket> packets,
                                 const Listener& listener = {});

ReceiverConfig PlayoutReceiver();

// What was played, from the first block that plays on.
std::vector<int16_t> PlayedPcm(const std::vector<PlayedBlock>& played);

// Samples per channel that were made up in place of lost ones.
int64_t ConcealedSamples(const std::vector<PlayedBlock>& played);

// Most of the block is speech that the sender sent.
bool IsSpeech(const PlayedBlock& played);

// The greatest and the mean delay of speech that was played from `from_us` to
// `to_us`.
int64_t GreatestDelayUs(const std::vector<PlayedBlock>& played, int64_t from_us,
                        int64_t to_us);
int64_t MeanDelayUs(const std::vector<PlayedBlock>& played, int64_t from_us,
                    int64_t to_us);

// Every packet comes up to `jitter_us` late, the first ones on time.
std::vector<SentPacket> Jittered(std::vector<SentPacket> packets,
                                 int64_t jitter_us, uint64_t seed);

// The order of sending is kept: who comes late holds up those behind.
std::vector<SentPacket> InOrder(std::vector<SentPacket> packets);

}  // namespace earshot

#endif  // EARSHOT_TEST_PLAYOUT_CALL_H_
