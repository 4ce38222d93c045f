import { expect, it } from 'vitest';
import { parseOpus, parseRtp, Receiver } from '../../src/index.js';
import { Random } from '../../src/simulate/random.js';
import { spokenPackets } from '../helpers/rtp-call.js';

const SEED = 41;
const MUTATIONS = 10_000;

it(`survives ${MUTATIONS} mutations of real packets (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const below = (bound: number): number => random.below(bound);
  const packets = spokenPackets(20_000, { fec: 'on', dtx: 'on' });
  const receiver = new Receiver();
  let nowUs = 0;
  let handedOutMs = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    let data = (packets[below(packets.length)]?.data ?? new Uint8Array()).slice();
    for (let changes = below(4); changes >= 0; changes--) {
      const at = below(data.length);
      const change = below(4);
      if (change === 0) data[at] = below(256);
      else if (change === 1) data[below(14)] = below(256);
      else if (change === 2) data = data.slice(0, at);
      else data = Uint8Array.from([...data, ...new Array(below(200)).fill(below(256))]);
    }
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
