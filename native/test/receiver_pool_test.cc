// Many streams in one pool: each as if alone, in the caller's memory.

#include "receiver/receiver_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>

#include "allocation_counter.h"
#include "simulated_call.h"

namespace earshot {
namespace {

constexpr int64_t kMs = 1000;
constexpr int64_t kTickUs = 10 * kMs;

struct Stream {
  ReceiverConfig config;
  std::vector<SentPacket> packets;
};

// Talks of different lengths, options and networks, from different seconds on.
std::vector<Stream> MakeStreams(size_t count, uint64_t seed) {
  constexpr std::array kRates = {8000, 16000, 48000};
  Random random(seed);
  std::vector<Stream> streams(count);
  for (size_t i = 0; i < count; ++i) {
    Talk talk;
    talk.frames = 100 + static_cast<int>(random.Below(100));
    talk.fec = random.Below(2) == 0;
    talk.ssrc = static_cast<uint32_t>(i);
    const auto starts_us = static_cast<int64_t>(random.Below(1000 * kMs));
    for (SentPacket packet : Encode(talk)) {
      if (random.Below(10) == 0) continue;
      packet.at_us += starts_us + static_cast<int64_t>(random.Below(60 * kMs));
      streams[i].packets.push_back(std::move(packet));
    }
    std::ranges::stable_sort(streams[i].packets, {}, &SentPacket::at_us);
    streams[i].config.sample_rate_hz = kRates[i % kRates.size()];
    streams[i].config.deadline_us = i % 2 == 0 ? 150 * kMs : 60 * kMs;
  }
  return streams;
}

// The caller's memory, of so many frames.
struct Memory {
  explicit Memory(size_t frame_count)
      : pcm(frame_count * ReceiverPool::kMaxFrameSamples),
        frames(frame_count),
        ids(frame_count) {}

  std::vector<int16_t> pcm;
  std::vector<Frame> frames;
  std::vector<StreamId> ids;
};

using Heard = std::map<StreamId, std::vector<HeardFrame>>;

void PollInto(ReceiverPool& pool, int64_t now_us, Memory& memory,
              Heard& heard) {
  while (const int count =
             pool.Poll(now_us, memory.pcm, memory.frames, memory.ids)) {
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      Frame frame = memory.frames[i];
      const auto pcm = std::span(memory.pcm)
                           .subspan(static_cast<size_t>(frame.sample_offset),
                                    static_cast<size_t>(frame.sample_count));
      frame.sample_offset = 0;
      heard[memory.ids[i]].push_back({now_us, frame, {pcm.begin(), pcm.end()}});
    }
  }
}

// As a server does: on every tick what came since the last, then the frames.
Heard ListenInTicks(ReceiverPool& pool, const std::vector<StreamId>& ids,
                    const std::vector<Stream>& streams, Memory& memory) {
  Heard heard;
  std::vector<size_t> next(streams.size());
  for (int64_t now_us = 0; now_us < 6000 * kMs; now_us += kTickUs) {
    for (size_t i = 0; i < streams.size(); ++i) {
      const auto& packets = streams[i].packets;
      for (; next[i] < packets.size() && packets[next[i]].at_us <= now_us;
           ++next[i]) {
        REQUIRE(
            pool.Push(ids[i], packets[next[i]].bytes, packets[next[i]].at_us));
        if (next[i] + 1 == packets.size()) pool.End(ids[i]);
      }
    }
    PollInto(pool, now_us, memory, heard);
  }
  return heard;
}

std::vector<HeardFrame> ListenAlone(const Stream& stream) {
  Receiver receiver(stream.config);
  std::vector<HeardFrame> heard;
  size_t next = 0;
  const auto& packets = stream.packets;
  for (int64_t now_us = 0; now_us < 6000 * kMs; now_us += kTickUs) {
    for (; next < packets.size() && packets[next].at_us <= now_us; ++next) {
      receiver.Push(packets[next].bytes, packets[next].at_us);
      if (next + 1 == packets.size()) receiver.End();
    }
    PollInto(receiver, now_us, heard);
  }
  for (HeardFrame& frame : heard) frame.frame.sample_offset = 0;
  return heard;
}

std::vector<StreamId> AddAll(ReceiverPool& pool,
                             const std::vector<Stream>& streams) {
  std::vector<StreamId> ids;
  for (const Stream& stream : streams) ids.push_back(*pool.Add(stream.config));
  return ids;
}

TEST_CASE("a stream of a pool comes out as from a receiver of its own") {
  constexpr uint64_t kSeed = 5;
  MESSAGE("seed ", kSeed);
  const auto streams = MakeStreams(9, kSeed);
  for (const size_t frame_count : {1, 3, 64}) {
    CAPTURE(frame_count);
    ReceiverPool pool{ReceiverPoolConfig()};
    const auto ids = AddAll(pool, streams);
    Memory memory(frame_count);
    const Heard heard = ListenInTicks(pool, ids, streams, memory);
    for (size_t i = 0; i < streams.size(); ++i) {
      CAPTURE(i);
      REQUIRE(heard.at(ids[i]).size() > 80);
      CHECK(heard.at(ids[i]) == ListenAlone(streams[i]));
    }
  }
}

TEST_CASE("streams take turns in small memory") {
  const auto packets = Encode({.frames = 20});
  ReceiverPool pool{ReceiverPoolConfig()};
  std::vector<StreamId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(*pool.Add(ReceiverConfig()));
  for (const SentPacket& packet : packets) {
    for (const StreamId id : ids) pool.Push(id, packet.bytes, packet.at_us);
  }
  Memory memory(1);
  const int64_t now_us = packets.back().at_us;
  std::vector<StreamId> order;
  while (pool.Poll(now_us, memory.pcm, memory.frames, memory.ids) > 0) {
    order.push_back(memory.ids[0]);
  }
  REQUIRE(order.size() == 60);
  for (size_t i = 0; i < order.size(); ++i) CHECK(order[i] == ids[i % 3]);
}

TEST_CASE("a pool wakes when the first of its streams has to") {
  constexpr uint64_t kSeed = 6;
  MESSAGE("seed ", kSeed);
  auto streams = MakeStreams(4, kSeed);
  ReceiverPool pool{ReceiverPoolConfig()};
  CHECK(pool.NextWakeupUs() == kNever);
  const auto ids = AddAll(pool, streams);
  CHECK(pool.NextWakeupUs() == kNever);
  std::vector<std::unique_ptr<Receiver>> alone;
  for (const Stream& stream : streams) {
    alone.push_back(std::make_unique<Receiver>(stream.config));
  }
  Memory memory(8);
  Heard heard;
  std::vector<HeardFrame> heard_alone;
  std::vector<size_t> next(streams.size());
  for (int64_t now_us = 0; now_us < 2000 * kMs; now_us += kTickUs) {
    int64_t first_us = kNever;
    for (size_t i = 0; i < streams.size(); ++i) {
      const auto& packets = streams[i].packets;
      for (; next[i] < packets.size() && packets[next[i]].at_us <= now_us;
           ++next[i]) {
        const SentPacket& packet = packets[next[i]];
        pool.Push(ids[i], packet.bytes, packet.at_us);
        alone[i]->Push(packet.bytes, packet.at_us);
      }
      int64_t at_us = alone[i]->NextWakeupUs();
      if (at_us != kNever && at_us <= now_us) {
        PollInto(*alone[i], now_us, heard_alone);
        at_us = alone[i]->NextWakeupUs();
      }
      if (at_us == kNever) continue;
      first_us = first_us == kNever ? at_us : std::min(first_us, at_us);
    }
    PollInto(pool, now_us, memory, heard);
    REQUIRE(pool.NextWakeupUs() == first_us);
  }
}

TEST_CASE("what is played comes 10 ms of every stream at a time") {
  constexpr uint64_t kSeed = 7;
  MESSAGE("seed ", kSeed);
  auto streams = MakeStreams(6, kSeed);
  for (size_t i = 0; i < streams.size(); ++i) {
    streams[i].config.readers = static_cast<Readers>(i % 3);
  }
  streams[1].config.channels = 2;
  ReceiverPool pool{ReceiverPoolConfig()};
  const auto ids = AddAll(pool, streams);
  const auto is_played = [&](size_t i) { return i % 3 != 0; };
  std::vector<std::unique_ptr<Receiver>> alone;
  for (const Stream& stream : streams) {
    alone.push_back(std::make_unique<Receiver>(stream.config));
  }
  std::vector<int16_t> pcm(ReceiverPool::kMaxBlockSamples * streams.size());
  std::vector<PlayoutBlock> blocks(streams.size());
  std::vector<StreamId> block_ids(streams.size());
  Memory memory(8);
  Heard heard;
  std::vector<std::vector<HeardFrame>> heard_alone(streams.size());
  std::vector<size_t> next(streams.size());
  int64_t playing = 0;
  for (int64_t now_us = 0; now_us < 3000 * kMs; now_us += kTickUs) {
    for (size_t i = 0; i < streams.size(); ++i) {
      const auto& packets = streams[i].packets;
      for (; next[i] < packets.size() && packets[next[i]].at_us <= now_us;
           ++next[i]) {
        const SentPacket& packet = packets[next[i]];
        pool.Push(ids[i], packet.bytes, packet.at_us);
        alone[i]->Push(packet.bytes, packet.at_us);
      }
      if (i % 3 != 1) PollInto(*alone[i], now_us, heard_alone[i]);
    }
    PollInto(pool, now_us, memory, heard);
    REQUIRE(pool.Pull(now_us, pcm, blocks, block_ids) == 4);
    size_t block = 0;
    size_t at = 0;
    for (size_t i = 0; i < streams.size(); ++i) {
      if (!is_played(i)) continue;
      const auto samples = static_cast<size_t>(
          streams[i].config.sample_rate_hz * streams[i].config.channels / 100);
      std::vector<int16_t> own(samples);
      const PlayoutBlock expected = alone[i]->Pull(now_us, own);
      REQUIRE(block_ids[block] == ids[i]);
      CHECK(blocks[block].media_ticks == expected.media_ticks);
      CHECK(blocks[block].delay_us == expected.delay_us);
      CHECK(std::equal(own.begin(), own.end(),
                       pcm.begin() + static_cast<ptrdiff_t>(at)));
      if (expected.is_playing) ++playing;
      at += samples;
      ++block;
    }
  }
  CHECK(playing > 600);
  CHECK(heard.count(ids[1]) == 0);
  CHECK(heard.at(ids[2]).size() > 80);
}

TEST_CASE("a stale name is refused, also when its place is used again") {
  ReceiverPoolConfig config;
  config.max_streams = 2;
  ReceiverPool pool(config);
  const StreamId first = *pool.Add(ReceiverConfig());
  const StreamId second = *pool.Add(ReceiverConfig());
  CHECK_FALSE(pool.Add(ReceiverConfig()));
  REQUIRE(pool.Remove(first));
  const StreamId third = *pool.Add(ReceiverConfig());
  CHECK(third != first);

  const Bytes packet = Encode({.frames = 1})[0].bytes;
  for (const StreamId stale :
       {first, StreamId{-1}, StreamId{7}, third + ReceiverPool::kMaxStreams,
        std::numeric_limits<StreamId>::max(),
        std::numeric_limits<StreamId>::min()}) {
    CAPTURE(stale);
    CHECK_FALSE(pool.Push(stale, packet, 20 * kMs));
    CHECK_FALSE(pool.End(stale));
    CHECK_FALSE(pool.Remove(stale));
    CHECK(pool.ReadCounters(stale) == nullptr);
    CHECK_FALSE(pool.ReadPlayoutCounters(stale));
  }
  CHECK(pool.ReadCounters(second)->packets_received == 0);
  CHECK(pool.ReadCounters(third)->packets_received == 0);
  CHECK(pool.Push(third, packet, 20 * kMs));
  CHECK(pool.ReadCounters(third)->packets_received == 1);
}

TEST_CASE("hostile packets of one stream change nothing in another") {
  constexpr uint64_t kSeed = 21;
  MESSAGE("seed ", kSeed);
  Random random(kSeed);
  const auto streams = MakeStreams(2, kSeed);
  const auto expected = ListenAlone(streams[0]);

  ReceiverPool pool{ReceiverPoolConfig()};
  const auto ids = AddAll(pool, streams);
  Memory memory(2);
  Heard heard;
  size_t next = 0;
  const auto& packets = streams[0].packets;
  for (int64_t now_us = 0; now_us < 6000 * kMs; now_us += kTickUs) {
    for (int i = 0; i < 5; ++i) {
      Bytes bytes =
          streams[1].packets[random.Below(streams[1].packets.size())].bytes;
      for (int change = 0; change < 3; ++change) {
        bytes[random.Below(bytes.size())] = static_cast<uint8_t>(random.Next());
      }
      bytes.resize(random.Below(bytes.size() + 1));
      pool.Push(ids[1], bytes, now_us);
    }
    for (; next < packets.size() && packets[next].at_us <= now_us; ++next) {
      pool.Push(ids[0], packets[next].bytes, packets[next].at_us);
      if (next + 1 == packets.size()) pool.End(ids[0]);
    }
    PollInto(pool, now_us, memory, heard);
  }
  CHECK(heard.at(ids[0]) == expected);
  CHECK(pool.ReadCounters(ids[1])->packets_malformed > 100);
}

TEST_CASE("serving streams allocates nothing") {
  constexpr uint64_t kSeed = 9;
  MESSAGE("seed ", kSeed);
  auto streams = MakeStreams(6, kSeed);
  ReceiverPool pool{ReceiverPoolConfig()};
  for (size_t i = 0; i < streams.size(); ++i) {
    streams[i].config.readers = static_cast<Readers>(i % 3);
  }
  const auto ids = AddAll(pool, streams);
  std::vector<int16_t> pcm(ReceiverPool::kMaxBlockSamples * 12);
  std::vector<Frame> frames(64);
  std::vector<PlayoutBlock> blocks(streams.size());
  std::vector<StreamId> frame_ids(64);
  std::vector<size_t> next(streams.size());

  const int64_t before = AllocationsSoFar().count;
  int64_t handed_out = 0;
  for (int64_t now_us = 0; now_us < 4000 * kMs; now_us += kTickUs) {
    for (size_t i = 0; i < streams.size(); ++i) {
      const auto& packets = streams[i].packets;
      for (; next[i] < packets.size() && packets[next[i]].at_us <= now_us;
           ++next[i]) {
        pool.Push(ids[i], packets[next[i]].bytes, packets[next[i]].at_us);
      }
    }
    while (const int count = pool.Poll(now_us, pcm, frames, frame_ids)) {
      handed_out += count;
    }
    pool.Pull(now_us, pcm, blocks, frame_ids);
    pool.NextWakeupUs();
  }
  CHECK(AllocationsSoFar().count == before);
  CHECK(handed_out > 400);
}

}  // namespace
}  // namespace earshot
