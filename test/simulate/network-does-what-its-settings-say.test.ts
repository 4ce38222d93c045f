import { describe, expect, it } from 'vitest';
import { Network, type NetworkSettings, throughNetwork } from '../../src/simulate/index.js';
import { deviation, mean } from '../helpers/moments.js';

const PACKETS = 50_000;
const STEP_US = 20_000;
const SEEDS = [1, 2, 3];

/** Arrivals of packets sent every 20 ms. */
function send(settings: NetworkSettings, packets = PACKETS): (readonly number[])[] {
  const network = new Network(settings);
  return Array.from({ length: packets }, (_, i) => network.send(i * STEP_US));
}

function delaysMs(arrivals: readonly (readonly number[])[]): number[] {
  return arrivals.flatMap((times, i) => times.slice(0, 1).map((at) => (at - i * STEP_US) / 1000));
}

function lossRuns(arrivals: readonly (readonly number[])[]): number[] {
  const runs: number[] = [];
  let length = 0;
  for (const times of arrivals) {
    if (times.length === 0) length++;
    else if (length > 0) runs.push(length);
    if (times.length > 0) length = 0;
  }
  return runs;
}

const EVERYTHING: Omit<NetworkSettings, 'seed'> = {
  baseDelayMs: 30,
  loss: { kind: 'gilbert-elliott', ratio: 0.1, meanBurstPackets: 3 },
  jitter: { kind: 'gamma', meanMs: 8, deviationMs: 6 },
  reorder: { ratio: 0.02, minMs: 20, maxMs: 60 },
  duplicate: { ratio: 0.02, delayMs: 5 },
  spikes: { meanIntervalMs: 5000, minMs: 100, maxMs: 400 },
  steps: [{ atMs: 30_000, delayMs: 50 }],
  stalls: [{ atMs: 50_000, durationMs: 1000 }],
  outages: [{ atMs: 70_000, durationMs: 500 }],
  driftPpm: 200,
};

describe('a seed', () => {
  it.each(SEEDS)('does the same to the same packets: %d', (seed) => {
    const settings = { ...EVERYTHING, seed };
    expect(send(settings, 5000)).toEqual(send(settings, 5000));
    expect(send(settings, 5000)).not.toEqual(send({ ...EVERYTHING, seed: seed + 1 }, 5000));
  });

  it('draws for each idea apart: one more changes nothing of the others', () => {
    const loss = { kind: 'iid', ratio: 0.1 } as const;
    const lost = (settings: NetworkSettings): number[] =>
      send(settings, 5000).flatMap((times, i) => (times.length === 0 ? [i] : []));
    const alone = lost({ seed: 4, loss });

    expect(alone.length).toBeGreaterThan(0);
    expect(lost({ ...EVERYTHING, outages: [], seed: 4, loss })).toEqual(alone);
  });
});

// Bounds are four standard errors and more; a burst counts once.
describe.each(SEEDS)('with seed %d', (seed) => {
  it.each([0.01, 0.05, 0.2])(
    'independent loss of %d has its rate, and its runs are short',
    (ratio) => {
      const arrivals = send({ seed, loss: { kind: 'iid', ratio } });
      const lost = arrivals.filter((times) => times.length === 0).length;

      const error = Math.sqrt((ratio * (1 - ratio)) / PACKETS);
      expect(Math.abs(lost / PACKETS - ratio)).toBeLessThan(4 * error);
      // Runs of independent losses are geometric with mean 1 / (1 - ratio).
      expect(Math.abs(mean(lossRuns(arrivals)) - 1 / (1 - ratio))).toBeLessThan(0.05);
    },
  );

  it.each([
    [0.1, 3],
    [0.2, 6],
    [0.05, 8],
  ])('bursty loss of %d has its rate and runs of %d on average', (ratio, meanBurstPackets) => {
    const arrivals = send({ seed, loss: { kind: 'gilbert-elliott', ratio, meanBurstPackets } });
    const lost = arrivals.filter((times) => times.length === 0).length;

    expect(Math.abs(lost / PACKETS / ratio - 1)).toBeLessThan(0.25);
    expect(Math.abs(mean(lossRuns(arrivals)) / meanBurstPackets - 1)).toBeLessThan(0.2);
  });

  it.each([
    { p: 0.01, q: 0.2, goodLossRatio: 0.005, badLossRatio: 0.5 },
    { p: 0.05, q: 0.4, goodLossRatio: 0, badLossRatio: 0.9 },
    { p: 0.02, q: 0.25 },
  ])('loss of a chain of two states has the rate and the clustering of %j', (parameters) => {
    const { p, q, goodLossRatio = 0, badLossRatio = 1 } = parameters;
    const arrivals = send({ seed, loss: { kind: 'gilbert-elliott', ...parameters } });
    const isLost = arrivals.map((times) => times.length === 0);
    const bad = p / (p + q);
    const rate = bad * badLossRatio + (1 - bad) * goodLossRatio;
    // After a loss: the state was bad with its share of the losses, and has had one step to change.
    const wasBad = (bad * badLossRatio) / rate;
    const stillBad = wasBad * (1 - q) + (1 - wasBad) * p;
    const again = stillBad * badLossRatio + (1 - stillBad) * goodLossRatio;
    const lost = isLost.filter(Boolean).length;
    const lostAgain = isLost.filter((one, i) => one && isLost[i - 1]).length;

    // A visit to the bad state counts once: 50000 p visits, whose number and length spread by 1 / sqrt each.
    const error = 4 * Math.sqrt(2 / (PACKETS * bad * q));
    expect(Math.abs(lost / PACKETS / rate - 1)).toBeLessThan(error);
    expect(Math.abs(lostAgain / lost / again - 1)).toBeLessThan(error);
  });

  it('uniform jitter is spread from nothing to its largest', () => {
    const delays = delaysMs(send({ seed, order: 'free', jitter: { kind: 'uniform', maxMs: 10 } }));
    expect(Math.min(...delays.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays.slice(0, 10_000))).toBeLessThanOrEqual(10);
    expect(Math.abs(mean(delays) - 5)).toBeLessThan(0.1);
    expect(Math.abs(deviation(delays) - 10 / Math.sqrt(12))).toBeLessThan(0.1);
  });

  it('gamma jitter has its mean and deviation', () => {
    const jitter = { kind: 'gamma', meanMs: 10, deviationMs: 7 } as const;
    const delays = delaysMs(send({ seed, order: 'free', jitter }));
    expect(Math.abs(mean(delays) - 10)).toBeLessThan(0.2);
    expect(Math.abs(deviation(delays) - 7)).toBeLessThan(0.3);
  });

  it('jitter overtakes nobody where order is kept, and does where it is free', () => {
    const jitter = { kind: 'gamma', meanMs: 20, deviationMs: 20 } as const;
    const backwards = (order: 'in-order' | 'free'): number => {
      const times = send({ seed, order, jitter }).flat();
      return times.filter((at, i) => at < (times[i - 1] ?? 0)).length;
    };
    expect(backwards('in-order')).toBe(0);
    expect(backwards('free')).toBeGreaterThan(PACKETS / 50);
  });

  it('reordering and duplicates have their share', () => {
    const arrivals = send({
      seed,
      reorder: { ratio: 0.05, minMs: 30, maxMs: 60 },
      duplicate: { ratio: 0.02, delayMs: 3 },
    });
    const delays = delaysMs(arrivals);
    const held = delays.filter((ms) => ms > 0);

    expect(Math.abs(held.length / PACKETS - 0.05)).toBeLessThan(0.005);
    expect(Math.min(...held)).toBeGreaterThanOrEqual(30);
    expect(Math.max(...held)).toBeLessThanOrEqual(60);
    const doubled = arrivals.filter((times) => times.length === 2);
    expect(Math.abs(doubled.length / PACKETS - 0.02)).toBeLessThan(0.004);
    for (const [first = 0, second = 0] of doubled) expect(second - first).toBe(3000);
  });

  it('a spike falls as fast as time passes, and comes as often as it should', () => {
    const spikes = { meanIntervalMs: 5000, minMs: 250, maxMs: 500 };
    const delays = delaysMs(send({ seed, spikes }));
    const starts = delays.filter((ms, i) => ms > 0 && (delays[i - 1] ?? 0) === 0);

    // 1000 s hold one spike per 5 s pause and 0.375 s spike: 186, give or take 4 roots of that.
    expect(Math.abs(starts.length - 186)).toBeLessThan(55);
    expect(Math.max(...delays)).toBeLessThanOrEqual(500);
    for (const [i, ms] of delays.entries()) {
      const next = delays[i + 1] ?? 0;
      if (ms > 20 && next > 0 && next < ms) expect(ms - next).toBeCloseTo(20, 3);
    }
  });
});

describe('what happens at a set time', () => {
  it('a step lengthens the path from there on', () => {
    const delays = delaysMs(send({ seed: 1, steps: [{ atMs: 1000, delayMs: 200 }] }, 100));
    expect(delays).toEqual(delays.map((_, i) => (i < 50 ? 0 : 200)));
  });

  it('a stall holds what is sent in it and lets go of all at once', () => {
    const stalls = [{ atMs: 400, durationMs: 200 }];
    const times = send({ seed: 1, stalls }, 40).flat();
    const released = times.filter((at) => at === 600_000);

    expect(released).toHaveLength(11); // ten that were held, and the one sent as it ends
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('an outage loses what is sent in it', () => {
    const outages = [{ atMs: 400, durationMs: 200 }];
    const lost = send({ seed: 1, outages }, 40).flatMap((times, i) => (times.length ? [] : [i]));
    expect(lost).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });

  it('drift makes the receiver’s clock count more, or fewer', () => {
    for (const driftPpm of [300, -300]) {
      const [end = 0] = send({ seed: 1, driftPpm }, 5001).at(-1) ?? [];
      expect(end).toBe(100_000_000 * (1 + driftPpm * 1e-6));
    }
  });

  it('counts from the first packet, whenever that is', () => {
    const network = new Network({
      seed: 1,
      baseDelayMs: 10,
      outages: [{ atMs: 20, durationMs: 1 }],
    });
    expect([5_000_000, 5_020_000, 5_040_000].map((at) => network.send(at))).toEqual([
      [5_010_000],
      [],
      [5_050_000],
    ]);
  });
});

describe('packets through a network', () => {
  it('come in order of arrival with their bytes', () => {
    const packets = Array.from({ length: 2000 }, (_, i) => ({
      atUs: i * STEP_US,
      data: Uint8Array.of(i & 0xff, i >> 8),
    }));
    const arrivals = throughNetwork(packets, { ...EVERYTHING, seed: 9 });

    for (const [i, { atUs }] of arrivals.entries()) {
      expect(atUs).toBeGreaterThanOrEqual(arrivals[i - 1]?.atUs ?? 0);
    }
    for (const { atUs, data } of arrivals) {
      const sent = packets[(data[0] ?? 0) + 256 * (data[1] ?? 0)];
      expect(data).toBe(sent?.data);
      expect(atUs).toBeGreaterThanOrEqual((sent?.atUs ?? 0) + 30_000);
    }
    const different = new Set(arrivals.map(({ data }) => data)).size;
    expect(different).toBeLessThan(packets.length); // some are lost
    expect(different).toBeLessThan(arrivals.length); // some are doubled
  });
});

describe('settings out of range are refused with the range', () => {
  it.each([
    [{ seed: -1 }, /seed .* got -1/],
    [{ seed: 1, loss: { kind: 'iid', ratio: 1.5 } }, /loss\.ratio .* 0\.\.1, got 1\.5/],
    [
      { seed: 1, loss: { kind: 'gilbert-elliott', ratio: 0.95, meanBurstPackets: 3 } },
      /loss\.ratio .* 0\.\.0\.9/,
    ],
    [{ seed: 1, jitter: { kind: 'gamma', meanMs: 0, deviationMs: 1 } }, /jitter\.meanMs/],
    [{ seed: 1, reorder: { ratio: 0.1, minMs: 9, maxMs: 5 } }, /reorder\.maxMs .* 9\.\./],
    [{ seed: 1, order: 'chaos' }, /order .* in-order, free/],
    [{ seed: 1, driftPpm: 5000 }, /driftPpm .* -1000\.\.1000/],
    [{ seed: 1, loss: { kind: 'gilbert-elliott', p: 2, q: 0.1 } }, /loss\.p .* 0\.\.1, got 2/],
    [{ seed: 1, loss: { kind: 'iid', share: 0.1 } }, /Unknown option share of loss/],
    [{ seed: 1, loss: 5 }, /loss to be an object/],
    [{ seed: 1, loss: { kind: 'bursty', ratio: 0.1 } }, /loss\.kind .* iid, gilbert-elliott/],
    [{ seed: 1, jitter: { kind: 'uniform', maxMs: 1, meanMs: 1 } }, /Unknown option meanMs/],
    [
      { seed: 1, jitter: { kind: 'correlated', meanMs: 5, deviationMs: 5, timeConstantMs: 0 } },
      /jitter\.timeConstantMs/,
    ],
    [{ seed: 1, holds: { meanIntervalMs: 0, minMs: 1, maxMs: 2 } }, /holds\.meanIntervalMs/],
    [
      { seed: 1, spikes: { meanIntervalMs: 1, minMs: 1, maxMs: 2, fallRatio: 2 } },
      /spikes\.fallRatio/,
    ],
    [{ seed: 1, steps: 7 }, /steps to be a list/],
    [{ seed: 1, stalls: [null] }, /stalls to be an object/],
    [null, /Network to be an object/],
    [{ seed: 1, los: {} }, /Unknown option los of Network/],
  ])('%j', (settings, message) => {
    expect(() => new Network(settings as NetworkSettings)).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_OPTION',
        message: expect.stringMatching(message),
      }),
    );
  });
});
