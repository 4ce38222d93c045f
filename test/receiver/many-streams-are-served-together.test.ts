import { describe, expect, it } from 'vitest';
import {
  type AudioFrame,
  Receiver,
  type ReceiverOptions,
  ReceiverPool,
  type StreamArrival,
  type StreamId,
} from '../../src/index.js';
import { Random } from '../../src/simulate/random.js';
import { type SpokenPacket, spokenPackets } from '../helpers/rtp-call.js';

const SEED = 17;
const TICK_US = 10_000;
const END_US = 5_000_000;

interface Talk {
  readonly options: ReceiverOptions;
  readonly packets: readonly SpokenPacket[];
}

/** The call over networks that lose, delay and reorder, each heard with options of its own. */
function talks(): readonly Talk[] {
  const random = new Random(SEED);
  const spoken = spokenPackets(3000, { fec: 'on' });
  const options: readonly ReceiverOptions[] = [
    {},
    { sampleRateHz: 8000, deadlineMs: 60 },
    { sampleRateHz: 48_000 },
    { mode: 'both' },
    { sampleRateHz: 24_000, maxFillMs: 100 },
  ];
  return options.map((one, i) => ({
    options: one,
    packets: spoken
      .filter(() => random.below(10) !== 0)
      .map((packet) => ({
        ...packet,
        arrivalUs: packet.arrivalUs + i * 77_000 + random.below(70_000),
      }))
      .sort((a, b) => a.arrivalUs - b.arrivalUs),
  }));
}

function arrivingBy(packets: readonly SpokenPacket[], nowUs: number): readonly SpokenPacket[] {
  return packets.filter(({ arrivalUs }) => arrivalUs > nowUs - TICK_US && arrivalUs <= nowUs);
}

function copyOf(frame: AudioFrame): AudioFrame {
  return { ...frame, pcm: frame.pcm.slice() };
}

function hearAlone({ options, packets }: Talk): AudioFrame[] {
  const receiver = new Receiver(options);
  const heard: AudioFrame[] = [];
  for (let nowUs = 0; nowUs < END_US; nowUs += TICK_US) {
    receiver.push(arrivingBy(packets, nowUs));
    heard.push(...receiver.poll(nowUs));
  }
  receiver.close();
  return heard;
}

function codeOf(code: string): unknown {
  return expect.objectContaining({ name: 'EarshotError', code });
}

describe('ReceiverPool', () => {
  it(`gives each stream what a receiver of its own would (seed ${SEED})`, () => {
    const all = talks();
    const pool = new ReceiverPool();
    const streams = all.map(({ options }) => pool.add(options));
    const heard = new Map<StreamId, AudioFrame[]>(streams.map((stream) => [stream, []]));
    for (let nowUs = 0; nowUs < END_US; nowUs += TICK_US) {
      const arrivals = all.flatMap(({ packets }, i) =>
        arrivingBy(packets, nowUs).map((packet) => ({
          ...packet,
          stream: streams[i] as StreamId,
        })),
      );
      pool.push(arrivals);
      pool.drain(nowUs, (stream, frame) => heard.get(stream)?.push(copyOf(frame)));
    }
    for (const [i, talk] of all.entries()) {
      const alone = hearAlone(talk);
      expect(alone.length).toBeGreaterThan(150);
      expect(heard.get(streams[i] as StreamId)).toEqual(alone);
    }
    pool.close();
  });

  it('makes 10 ms of every stream that is played, as a receiver of its own would', () => {
    const packets = spokenPackets(2000);
    const options: readonly ReceiverOptions[] = [
      { mode: 'playout', channels: 2, sampleRateHz: 48_000 },
      {},
      { mode: 'both' },
    ];
    const pool = new ReceiverPool();
    const streams = options.map((one) => pool.add(one));
    const alone = options.map((one) => new Receiver(one));
    let playing = 0;
    for (let nowUs = 0; nowUs < 2_000_000; nowUs += TICK_US) {
      const arriving = arrivingBy(packets, nowUs);
      pool.push(streams.flatMap((stream) => arriving.map((packet) => ({ ...packet, stream }))));
      pool.drain(nowUs, () => {});
      for (const receiver of alone) receiver.push(arriving);
      alone[2]?.drain(nowUs, () => {});
      const expected = [0, 2].map((i) => [streams[i], alone[i]?.pull10ms(nowUs)]);
      const pulled: unknown[] = [];
      pool.pull10ms(nowUs, (stream, frame) => {
        if (frame.isPlaying) playing++;
        pulled.push([stream, { ...frame, pcm: frame.pcm.slice() }]);
      });
      expect(pulled).toEqual(expected);
    }
    expect(playing).toBeGreaterThan(350);
    expect(pool.stats(streams[0] as StreamId).playout.playedMs).toBeGreaterThan(1800);
  });

  it('takes batches of any size, and packets longer than any datagram', () => {
    const packets = spokenPackets(30_000);
    const pool = new ReceiverPool();
    const stream = pool.add();
    const tooLong = { stream, data: new Uint8Array(200_000).fill(128), arrivalUs: 1 };
    const arrivals: StreamArrival[] = packets.map((packet) => ({ ...packet, stream }));
    for (const some of [arrivals.slice(0, 1), [tooLong], arrivals.slice(1, 400)]) pool.push(some);
    let frames = 0;
    pool.drain(8_000_000, () => frames++);
    expect(frames).toBe(400);
    expect(pool.stats(stream)).toMatchObject({ packetsReceived: 400, packetsMalformed: 1 });
    for (let at = 400; at < arrivals.length; at += 500) {
      pool.push(arrivals.slice(at, at + 500));
      pool.drain(arrivals[Math.min(at + 499, arrivals.length - 1)]?.arrivalUs ?? 0, () => frames++);
    }
    expect(frames).toBe(1500);
  });

  it('wakes when the first stream has to, and ends one without the others', () => {
    const packets = spokenPackets(1000);
    const pool = new ReceiverPool();
    const [first, second] = [pool.add({ deadlineMs: 80 }), pool.add({ deadlineMs: 120 })];
    expect(pool.nextWakeup()).toBeUndefined();
    for (const packet of packets) {
      pool.push([first, second].map((stream) => ({ ...packet, stream })));
      pool.drain(packet.arrivalUs, () => {});
    }
    // The frame that should come next is waited for until its deadline.
    const lastUs = packets.at(-1)?.arrivalUs ?? 0;
    expect(pool.nextWakeup()).toBe(lastUs + 20_000 + 80_000);
    pool.end(first);
    pool.drain(lastUs, () => {});
    expect(pool.nextWakeup()).toBe(lastUs + 20_000 + 120_000);
    pool.remove(second);
    expect(pool.nextWakeup()).toBeUndefined();
  });

  it('holds as many streams as it may, and no more', () => {
    const pool = new ReceiverPool({ maxStreams: 2 });
    const streams = [pool.add(), pool.add()];
    expect(() => pool.add()).toThrowError(codeOf('EARSHOT_LIMIT_REACHED'));
    expect(() => pool.add()).toThrowError('maxStreams of 2');
    pool.remove(streams[0] as StreamId);
    expect(streams).not.toContain(pool.add());
    expect(pool.size).toBe(2);
  });

  it('refuses streams that are not there, by their id, and takes nothing of the batch', () => {
    const [packet] = spokenPackets(20);
    const arrival = { ...(packet as SpokenPacket) };
    const pool = new ReceiverPool();
    const stale = pool.add();
    pool.remove(stale);
    const stream = pool.add();
    for (const bad of [stale, 12_345, -1, 0.5, Number.NaN, '0']) {
      const unknown = bad as StreamId;
      for (const use of [
        () =>
          pool.push([
            { ...arrival, stream },
            { ...arrival, stream: unknown },
          ]),
        () => pool.end(unknown),
        () => pool.remove(unknown),
        () => pool.stats(unknown),
      ]) {
        expect(use).toThrowError(codeOf('EARSHOT_BAD_ARGUMENT'));
        expect(use).toThrowError(String(bad));
      }
    }
    expect(pool.stats(stream).packetsReceived).toBe(0);
  });

  it('refuses times and data that cannot be, and options that do not exist', () => {
    const pool = new ReceiverPool();
    const stream = pool.add();
    const data = new Uint8Array(12);
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, '7']) {
      const nowUs = bad as number;
      for (const use of [
        () => pool.push([{ stream, data, arrivalUs: nowUs }]),
        () => pool.drain(nowUs, () => {}),
        () => pool.pull10ms(nowUs, () => {}),
      ]) {
        expect(use).toThrowError(codeOf('EARSHOT_BAD_ARGUMENT'));
      }
    }
    const text = 'x' as unknown as Uint8Array;
    expect(() => pool.push([{ stream, data: text, arrivalUs: 0 }])).toThrowError(
      codeOf('EARSHOT_BAD_ARGUMENT'),
    );
    for (const maxStreams of [0, 4097, 1.5, Number.NaN]) {
      expect(() => new ReceiverPool({ maxStreams })).toThrowError(codeOf('EARSHOT_BAD_OPTION'));
    }
    expect(() => pool.add({ deadlineMs: -1 })).toThrowError(codeOf('EARSHOT_BAD_OPTION'));
    expect(pool.size).toBe(1);
  });

  it('shows nothing more of a stream that is removed while it is shown', () => {
    const packets = spokenPackets(400);
    const pool = new ReceiverPool();
    const streams = [pool.add({ mode: 'both' }), pool.add({ mode: 'both' })];
    pool.push(packets.flatMap((packet) => streams.map((stream) => ({ ...packet, stream }))));
    const nowUs = packets.at(-1)?.arrivalUs ?? 0;
    const shown: StreamId[] = [];
    pool.drain(nowUs, (stream) => {
      shown.push(stream);
      if (pool.size === 2) pool.remove(stream);
    });
    const [removed, kept] = streams;
    expect(shown.filter((stream) => stream === removed)).toHaveLength(1);
    expect(shown.filter((stream) => stream === kept)).toHaveLength(20);

    const last = pool.add({ mode: 'playout' });
    const pulled: StreamId[] = [];
    pool.pull10ms(nowUs, (stream) => {
      pulled.push(stream);
      if (pool.size === 2) pool.remove(kept as StreamId);
    });
    expect(pulled).toEqual([last]);
  });

  it('gives the memory of removed streams back to be used again', () => {
    const packets = spokenPackets(1000);
    const pool = new ReceiverPool({ maxStreams: 200 });
    const addServeRemove = (): void => {
      const streams = Array.from({ length: 200 }, () => pool.add());
      for (const packet of packets.slice(0, 10)) {
        pool.push(streams.map((stream) => ({ ...packet, stream })));
        pool.drain(packet.arrivalUs, () => {});
      }
      for (const stream of streams) pool.remove(stream);
    };
    const residentBytes = (): number => {
      const { rss, heapTotal } = process.memoryUsage();
      return rss - heapTotal;
    };
    addServeRemove();
    const before = residentBytes();
    for (let round = 0; round < 10; round++) addServeRemove();
    // Ten times 200 streams would be 300 MB.
    expect(residentBytes() - before).toBeLessThan(60e6);
    pool.close();
  });

  it('refuses use after close, and closes twice', () => {
    const pool = new ReceiverPool();
    const stream = pool.add();
    pool.close();
    pool.close();
    for (const use of [
      () => pool.add(),
      () => pool.push([]),
      () => pool.drain(0, () => {}),
      () => pool.pull10ms(0, () => {}),
      () => pool.nextWakeup(),
      () => pool.stats(stream),
      () => pool.end(stream),
      () => pool.remove(stream),
    ]) {
      expect(use).toThrowError(codeOf('EARSHOT_CLOSED'));
    }
  });
});
