import { describe, expect, it } from 'vitest';
import { clock, count, duration, percent } from '../../src/report/page/format.js';

describe('the page of a report writes', () => {
  it.each([
    [0, '0 ms'],
    [2.46, '2.5 ms'],
    [9.96, '10 ms'],
    [320, '320 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [1240, '1.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [117_800, '1 min 58 s'],
    [119_600, '2 min 0 s'],
    [3_599_400, '59 min 59 s'],
    [3_599_600, '1 h 0 min'],
    [7_199_000, '2 h 0 min'],
  ])('a length of %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [0, '0:00.0'],
    [59_960, '1:00.0'],
    [3_599_970, '1:00:00.0'],
    [-20, '0:00.0'],
  ])('the place %d ms as %s', (ms, text) => {
    expect(clock(ms)).toBe(text);
  });

  it.each([
    [0, '0 %'],
    [0.00001, '< 0.01 %'],
    [0.0027, '0.27 %'],
    [0.0999, '9.99 %'],
    [0.09999, '10.0 %'],
    [1, '100.0 %'],
  ])('the share %d as %s', (ratio, text) => {
    expect(percent(ratio)).toBe(text);
  });

  it('a great number in groups', () => {
    expect(count(1_234_567)).toBe('1 234 567');
  });
});
