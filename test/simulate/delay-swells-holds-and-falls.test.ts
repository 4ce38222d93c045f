import { describe, expect, it } from 'vitest';
import { Network, type NetworkSettings } from '../../src/simulate/index.js';
import { deviation, mean } from '../helpers/moments.js';

const STEP_MS = 20;
const SEEDS = [1, 2, 3];

/** Delays of packets sent every 20 ms, ms. */
function delaysMs(settings: NetworkSettings, packets = 50_000): number[] {
  const network = new Network(settings);
  return Array.from({ length: packets }, (_, i) => {
    const sentUs = i * STEP_MS * 1000;
    return ((network.send(sentUs)[0] ?? Number.NaN) - sentUs) / 1000;
  });
}

function autocorrelation(values: readonly number[], lag: number): number {
  const middle = mean(values);
  const product = mean(
    values.slice(lag).map((one, i) => (one - middle) * ((values[i] ?? 0) - middle)),
  );
  return product / deviation(values) ** 2;
}

describe.each(SEEDS)('correlated jitter with seed %d', (seed) => {
  const settings = {
    kind: 'correlated',
    meanMs: 25,
    deviationMs: 20,
    timeConstantMs: 200,
  } as const;
  const delays = delaysMs({ seed, order: 'free', jitter: settings });

  it('has its mean and deviation', () => {
    // 1000 s hold 5000 time constants: the mean's standard error is 20 x sqrt(2 / 5000) = 0.4 ms.
    expect(Math.abs(mean(delays) - 25)).toBeLessThan(1.6);
    expect(Math.abs(deviation(delays) - 20)).toBeLessThan(3);
    expect(Math.min(...delays.slice(0, 20_000))).toBeGreaterThan(0);
  });

  it('remembers for its time constant, and not for ten of them', () => {
    // Of a log-normal whose normal correlates by r: (exp(v r) - 1) / (exp(v) - 1), v = ln(1 + (20/25)^2).
    const v = Math.log(1 + 0.64);
    const expected = (r: number): number => Math.expm1(v * r) / Math.expm1(v);
    expect(Math.abs(autocorrelation(delays, 1) - expected(Math.exp(-0.1)))).toBeLessThan(0.03);
    expect(Math.abs(autocorrelation(delays, 10) - expected(Math.exp(-1)))).toBeLessThan(0.08);
    expect(Math.abs(autocorrelation(delays, 100))).toBeLessThan(0.08);
  });

  it('is the same process whatever the distance of the packets', () => {
    const network = new Network({ seed, order: 'free', jitter: settings });
    const sparse = Array.from(
      { length: 20_000 },
      (_, i) => (network.send(i * 60_000)[0] ?? 0) / 1000 - i * 60,
    );
    const v = Math.log(1 + 0.64);
    const expected = Math.expm1(v * Math.exp(-0.3)) / Math.expm1(v);
    expect(Math.abs(autocorrelation(sparse, 1) - expected)).toBeLessThan(0.06);
  });
});

describe.each(SEEDS)('with seed %d', (seed) => {
  it('holds let go of all packets at once', () => {
    const holds = { meanIntervalMs: 2000, minMs: 100, maxMs: 200 };
    const delays = delaysMs({ seed, holds });
    const arrivals = delays.map((ms, i) => ms + i * STEP_MS);
    const held = delays.flatMap((ms, i) => (ms > 0 ? [i] : []));

    // 1000 s hold one hold per 2 s pause and 0.15 s hold, 465; 4 standard deviations of a Poisson count are 86.
    const starts = held.filter((i) => (delays[i - 1] ?? 0) === 0);
    expect(Math.abs(starts.length - 465)).toBeLessThan(86);
    for (const i of held) {
      const isLast = (delays[i + 1] ?? 0) === 0;
      if (!isLast && (delays[i + 1] ?? 0) < (delays[i] ?? 0)) {
        expect(arrivals[i + 1]).toBeCloseTo(arrivals[i] ?? 0, 3);
      }
      expect(delays[i]).toBeLessThanOrEqual(200);
    }
  });

  it('a spike that falls by half a ms a ms lasts twice its size', () => {
    const spikes = { meanIntervalMs: 5000, minMs: 300, maxMs: 300, fallRatio: 0.5 };
    const delays = delaysMs({ seed, spikes }, 20_000);
    const falls = delays.flatMap((ms, i) => {
      const next = delays[i + 1] ?? 0;
      return ms > 10 && next > 0 && next < ms ? [ms - next] : [];
    });
    expect(falls.length).toBeGreaterThan(500);
    for (const fall of falls) expect(fall).toBeCloseTo(10, 2);
    expect(Math.max(...delays)).toBeGreaterThan(280);
    expect(Math.max(...delays)).toBeLessThanOrEqual(300);
  });

  it('holds and spikes draw apart from each other', () => {
    const spikes = { meanIntervalMs: 5000, minMs: 300, maxMs: 500 };
    const alone = delaysMs({ seed, spikes }, 5000);
    const both = delaysMs(
      { seed, spikes, holds: { meanIntervalMs: 1e6, minMs: 0, maxMs: 1 } },
      5000,
    );
    expect(both).toEqual(alone);
  });
});
