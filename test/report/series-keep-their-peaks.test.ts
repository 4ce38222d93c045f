import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinnedSeries, NO_VALUE } from '../../src/report/binned-series.js';

describe('a series of bins', () => {
  it('keeps the least and the greatest of each bin', () => {
    const series = new BinnedSeries(20, 8);
    series.add(0, 5);
    series.add(19.9, 1.25);
    series.add(60, 7);
    expect(series.bins()).toEqual({
      binMs: 20,
      lows: Uint16Array.of(13, NO_VALUE, NO_VALUE, 70),
      highs: Uint16Array.of(50, NO_VALUE, NO_VALUE, 70),
    });
  });

  it('loses no peak however often bins are joined', () => {
    const values = fc.array(
      fc.record({
        atMs: fc.integer({ min: 0, max: 1_000_000 }),
        value: fc.integer({ min: 0, max: 5000 }),
      }),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(values, (points) => {
        const series = new BinnedSeries(20, 16);
        for (const { atMs, value } of points) series.add(atMs, value);
        const { binMs, lows, highs } = series.bins();
        expect(lows.length).toBeLessThanOrEqual(16);
        lows.forEach((low, bin) => {
          const own = points
            .filter(({ atMs }) => Math.floor(atMs / binMs) === bin)
            .map(({ value }) => value * 10);
          expect(low).toBe(own.length === 0 ? NO_VALUE : Math.min(...own));
          expect(highs[bin]).toBe(own.length === 0 ? NO_VALUE : Math.max(...own));
        });
      }),
    );
  });

  it('bounds values that do not fit', () => {
    const series = new BinnedSeries(20, 4);
    series.add(0, 1e9);
    series.add(-5, 3);
    series.add(20, -3);
    expect([...series.bins().highs]).toEqual([NO_VALUE - 1, 0]);
  });
});
