import { describe, expect, it } from 'vitest';
import { addSpan, amendAudio, amendSpans } from '../../src/speech/amended-audio.js';

const HZ = 16_000;
const ones = (ms: number): Int16Array => new Int16Array(16 * ms).fill(1);
const zeros = (ms: number): Int16Array => new Int16Array(16 * ms);

/** Stretches of ones, ms. */
function stretchesOf(pcm: Int16Array): number[][] {
  const edges = [...pcm.keys(), pcm.length].filter((i) => (pcm[i - 1] ?? 0) !== (pcm[i] ?? 0));
  return Array.from({ length: edges.length / 2 }, (_, i) => [
    (edges[2 * i] ?? 0) / 16,
    (edges[2 * i + 1] ?? 0) / 16,
  ]);
}

describe('amended audio', () => {
  it.each([
    ['inside it', 120, 20, { fromMs: 20, toMs: 40 }],
    ['over its begin', 90, 20, { fromMs: 0, toMs: 10 }],
    ['over its end', 190, 20, { fromMs: 90, toMs: 100 }],
    ['over all of it', 50, 300, { fromMs: 0, toMs: 100 }],
    ['before it', 80, 20, undefined],
    ['behind it', 200, 20, undefined],
  ])('is replaced where the better audio is %s', (_where, startMs, lengthMs, stretch) => {
    const audio = { startMs: 100, pcm: zeros(100) };

    expect(amendAudio(audio, { startMs, pcm: ones(lengthMs) }, HZ)).toEqual(stretch);

    const expected = stretch === undefined ? [] : [[stretch.fromMs, stretch.toMs]];
    expect(stretchesOf(audio.pcm)).toEqual(expected);
  });

  it('is replaced to the sample where times are no whole number of them', () => {
    const audio = { startMs: 1 / 3, pcm: zeros(20) };

    amendAudio(audio, { startMs: 1 / 3 + 2.5, pcm: ones(5) }, HZ);

    expect(stretchesOf(audio.pcm)).toEqual([[2.5, 7.5]]);
  });

  it('says what it is made of now', () => {
    const spans = [
      { provenance: 'received', durationMs: 20 },
      { provenance: 'plc', durationMs: 60 },
      { provenance: 'fec', durationMs: 20 },
    ] as const;
    const amended = (fromMs: number, toMs: number): (string | number)[][] =>
      amendSpans(spans, { fromMs, toMs }, 'received').map((span) => [
        span.provenance,
        span.durationMs,
      ]);

    expect(amended(40, 60)).toEqual([
      ['received', 20],
      ['plc', 20],
      ['received', 20],
      ['plc', 20],
      ['fec', 20],
    ]);
    expect(amended(20, 80)).toEqual([
      ['received', 80],
      ['fec', 20],
    ]);
    expect(amended(70, 100)).toEqual([
      ['received', 20],
      ['plc', 50],
      ['received', 30],
    ]);
    expect(amended(0, 100)).toEqual([['received', 100]]);
  });

  it('has no spans of no length', () => {
    const spans: Parameters<typeof addSpan>[0] = [];

    addSpan(spans, 'plc', 0);

    expect(spans).toEqual([]);
  });
});
