import { describe, expect, it } from 'vitest';
import { encoderRateFor, resampled } from '../../src/simulate/index.js';

function tone(rateHz: number, hz: number, seconds = 0.5): Int16Array {
  return Int16Array.from({ length: rateHz * seconds }, (_, i) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}

function all(pieces: Iterable<Int16Array>): Int16Array {
  return Int16Array.from([...pieces].flatMap((piece) => [...piece]));
}

describe('PCM brought to a rate of the encoder', () => {
  it.each([
    [44_100, 48_000, 440],
    [44_100, 48_000, 15_000],
    [22_050, 24_000, 3000],
    [11_025, 12_000, 1000],
    [32_000, 48_000, 5000],
    [96_000, 48_000, 1000],
  ] as const)('%d to %d Hz: a tone of %d Hz stays what it is', (fromHz, toHz, hz) => {
    const heard = all(resampled([tone(fromHz, hz)], fromHz, toHz));
    const wanted = tone(toHz, hz);
    expect(Math.abs(heard.length - wanted.length)).toBeLessThanOrEqual(1);
    // Away from the ends, where the tone begins out of nothing.
    for (let i = 500; i < wanted.length - 500; i++) {
      expect(Math.abs((heard[i] ?? 0) - (wanted[i] ?? 0))).toBeLessThan(20); // 54 dB below it
    }
  });

  it('takes out what the lower rate cannot hold', () => {
    const heard = all(resampled([tone(96_000, 30_000)], 96_000, 48_000));
    expect(
      heard.subarray(500, -500).reduce((most, one) => Math.max(most, Math.abs(one)), 0),
    ).toBeLessThan(10);
  });

  it('is the same whatever the pieces it comes in', () => {
    const whole = tone(44_100, 700);
    const pieces = [1, 7, 500, 3, 10_000].flatMap((length, i, lengths) => {
      const start = lengths.slice(0, i).reduce((sum, one) => sum + one, 0);
      return [whole.subarray(start, start + length)];
    });
    pieces.push(whole.subarray(10_511));
    expect(all(resampled(pieces, 44_100, 48_000))).toEqual(all(resampled([whole], 44_100, 48_000)));
  });

  it('leaves a rate of the encoder alone and chooses the next one above', () => {
    const pcm = tone(16_000, 500);
    expect(all(resampled([pcm], 16_000, 16_000))).toEqual(pcm);
    const rates = [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000];
    expect(rates.map(encoderRateFor)).toEqual([
      8000, 12_000, 16_000, 24_000, 48_000, 48_000, 48_000, 48_000,
    ]);
    expect(() => all(resampled([pcm], 50, 8000))).toThrow(/sample rate .* 4000\.\./);
  });
});
