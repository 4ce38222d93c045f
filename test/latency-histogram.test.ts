import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../src/latency-histogram.js';
import { Random } from '../src/simulate/index.js';

describe('the latency histogram', () => {
  it.each([1, 2, 3])('gives percentiles to 0.05 ms below 200 ms (seed %d)', (seed) => {
    const random = new Random(seed);
    const histogram = new LatencyHistogram();
    const all = Array.from({ length: 5000 }, () => random.uniform() * 199);
    for (const one of all) histogram.add(one);
    all.sort((a, b) => a - b);

    for (const ratio of [0.01, 0.5, 0.95, 0.99, 1]) {
      const exact = all[Math.ceil(all.length * ratio) - 1] ?? 0;
      expect(Math.abs(histogram.percentile(ratio) - exact)).toBeLessThanOrEqual(0.0501);
    }
  });

  it('is coarser beyond and knows its largest exactly', () => {
    const histogram = new LatencyHistogram();
    histogram.add(1234.4);
    histogram.add(99_999);

    expect(histogram.percentile(0.5)).toBe(1234);
    expect(histogram.percentiles()).toMatchObject({ p99: 99_999, max: 99_999 });
  });

  it('says 0 of nothing', () => {
    expect(new LatencyHistogram().percentiles()).toEqual({
      p50: 0,
      p95: 0,
      p99: 0,
      mean: 0,
      max: 0,
    });
  });

  it('tells 0.01 ms apart below 10 ms', () => {
    const histogram = new LatencyHistogram();
    for (const ms of [1.234, 1.246, 9.991]) histogram.add(ms);

    expect(histogram.percentile(0.3)).toBe(1.23);
    expect(histogram.percentile(0.6)).toBe(1.25);
    expect(histogram.percentile(1)).toBe(9.99);
  });

  it('weighs what is added by how much of it there is', () => {
    const histogram = new LatencyHistogram();
    histogram.add(1, 30);
    histogram.add(5, 69);
    histogram.add(100, 1);

    expect(histogram.count).toBe(100);
    expect(histogram.percentile(0.3)).toBe(1);
    expect(histogram.percentile(0.31)).toBe(5);
    expect(histogram.percentile(0.99)).toBe(5);
    expect(histogram.percentiles().mean).toBeCloseTo((30 + 345 + 100) / 100, 9);
  });

  it.each([0, 9.999, 10, 199.96, 200, 1999.9, 2000, 1e9, -3])(
    'has a place for %d ms, and no percentile above the largest',
    (ms) => {
      const histogram = new LatencyHistogram();
      histogram.add(ms);
      expect(histogram.percentile(0.5)).toBeLessThanOrEqual(Math.max(0, ms));
      expect(Math.abs(histogram.percentile(0.5) - Math.max(0, ms))).toBeLessThanOrEqual(0.5);
    },
  );
});
