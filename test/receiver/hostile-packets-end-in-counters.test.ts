import { expect, it } from 'vitest';
import { parseOpus, parseRtp, Receiver, ReceiverPool, type StreamId } from '../../src/index.js';
import { Random } from '../../src/simulate/random.js';
import { spokenPackets } from '../helpers/rtp-call.js';

const SEED = 41;
const MUTATIONS = 10_000;

function mutate(packet: Uint8Array, random: Random): Uint8Array {
  const below = (bound: number): number => random.below(bound);
  let data = packet.slice();
  for (let changes = below(4); changes >= 0; changes--) {
    const at = below(data.length);
    const change = below(4);
    if (change === 0) data[at] = below(256);
    else if (change === 1) data[below(14)] = below(256);
    else if (change === 2) data = data.slice(0, at);
    else data = Uint8Array.from([...data, ...new Array(below(200)).fill(below(256))]);
  }
  return data;
}

it(`survives ${MUTATIONS} mutations of real packets (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const below = (bound: number): number => random.below(bound);
  const packets = spokenPackets(20_000, { fec: 'on', dtx: 'on' });
  const receiver = new Receiver();
  let nowUs = 0;
  let handedOutMs = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const data = mutate(packets[below(packets.length)]?.data ?? new Uint8Array(), random);
    nowUs += below(40_000);
    parseRtp(data);
    parseOpus(data.subarray(12));
    receiver.push([{ data, arrivalUs: nowUs }]);
    receiver.drain(nowUs, (frame) => {
      handedOutMs += frame.durationTicks / 48;
    });
  }
  const { packetsReceived, packetsDuplicate, packetsDiscarded, emittedMs } = receiver.stats();
  // packetsDiscarded holds packets refused for want of room, which were received as well.
  expect(packetsReceived + packetsDuplicate + packetsDiscarded).toBeGreaterThanOrEqual(MUTATIONS);
  expect(packetsDiscarded).toBeGreaterThan(1000);
  expect(handedOutMs).toBeCloseTo(emittedMs, 3);
});

it(`keeps ${MUTATIONS} of them from the other streams of a pool (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const packets = spokenPackets(20_000, { fec: 'on', dtx: 'on' });
  const pool = new ReceiverPool();
  const [good, hostile] = [pool.add(), pool.add({ mode: 'both' })];
  const alone = new Receiver();
  const mutationsAPacket = Math.ceil(MUTATIONS / packets.length);
  let mutations = 0;
  for (const { data, arrivalUs } of packets) {
    const ofHostile = Array.from({ length: mutationsAPacket }, () => ({
      stream: hostile,
      data: mutate(packets[random.below(packets.length)]?.data ?? new Uint8Array(), random),
      arrivalUs,
    }));
    mutations += ofHostile.length;
    pool.push([...ofHostile, { stream: good, data, arrivalUs }]);
    alone.push([{ data, arrivalUs }]);
    const heard: unknown[] = [];
    pool.drain(arrivalUs, (stream: StreamId, frame) => {
      if (stream === good) heard.push({ ...frame, pcm: frame.pcm.slice() });
    });
    pool.pull10ms(arrivalUs, () => {});
    expect(heard).toEqual(alone.poll(arrivalUs));
  }
  expect(mutations).toBeGreaterThanOrEqual(MUTATIONS);
  expect(pool.stats(good)).toEqual(alone.stats());
  expect(pool.stats(hostile).packetsMalformed).toBeGreaterThan(500);
});

it('counts packets that come again with another payload', () => {
  const packets = spokenPackets(1000);
  const receiver = new Receiver();
  for (const [i, { data, arrivalUs }] of packets.entries()) {
    receiver.push([{ data, arrivalUs }]);
    if (i % 10 === 5) receiver.push([{ data, arrivalUs }]);
    if (i % 10 === 7) receiver.push([{ data: data.subarray(0, data.length - 1), arrivalUs }]);
  }
  const { packetsDuplicate, packetsConflicting, driftAlarms } = receiver.stats();
  expect(packetsDuplicate).toBe(packets.length / 5);
  expect(packetsConflicting).toBe(packets.length / 10);
  expect(driftAlarms).toBe(0);
});
