import { describe, expect, it } from 'vitest';
import {
  deliver,
  Network,
  type NetworkSettings,
  throughNetwork,
} from '../../src/simulate/index.js';

const STEP_US = 20_000;
const WILD: NetworkSettings = {
  seed: 3,
  order: 'free',
  jitter: { kind: 'gamma', meanMs: 60, deviationMs: 60 },
  loss: { kind: 'iid', ratio: 0.1 },
  duplicate: { ratio: 0.1, delayMs: 70 },
  reorder: { ratio: 0.05, minMs: 10, maxMs: 400 },
  driftPpm: -500,
};

function* packets(count: number) {
  for (let i = 0; i < count; i++) {
    yield { atUs: i * STEP_US, data: Uint8Array.of(i & 0xff, (i >> 8) & 0xff, i >> 16) };
  }
}

describe('packets sent one at a time', () => {
  it('come in order of arrival, as if all had been sorted', () => {
    const network = new Network(WILD);
    const all = [...packets(5000)].flatMap(({ atUs, data }) =>
      network.send(atUs, data.length).map((arrivalUs) => ({ atUs: arrivalUs, data })),
    );
    all.sort((a, b) => a.atUs - b.atUs);
    expect(throughNetwork(packets(5000), WILD)).toEqual(all);
  });

  it('tell when they were sent and which are copies', () => {
    const delivered = [...deliver(packets(5000), new Network(WILD))];
    const copies = delivered.filter(({ isCopy }) => isCopy);
    expect(Math.abs(copies.length / (5000 * 0.9) - 0.1)).toBeLessThan(0.02);
    for (const { sentUs, data } of delivered) {
      expect(sentUs).toBe(((data[0] ?? 0) + 256 * (data[1] ?? 0)) * STEP_US);
    }
  });

  it('are held only while they are on their way: a day of calls needs no memory', () => {
    let pulled = 0;
    const counted = (function* () {
      for (const packet of packets(200_000)) {
        pulled++;
        yield packet;
      }
    })();
    let given = 0;
    let mostHeld = 0;
    for (const { isCopy } of deliver(
      counted,
      new Network({ ...WILD, loss: { kind: 'iid', ratio: 0 } }),
    )) {
      if (!isCopy) given++;
      mostHeld = Math.max(mostHeld, pulled - given);
    }
    expect(given).toBe(200_000);
    // The longest delay of gamma and reordering is about a second here, and 500 ppm of an hour are two.
    expect(mostHeld).toBeLessThan(200);
  });
});
