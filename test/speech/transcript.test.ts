import { describe, expect, it } from 'vitest';
import type { AudioFrame, Provenance } from '../../src/receiver/audio-frame.js';
import type { Hypothesis } from '../../src/recognizers/recognizer.js';
import { alternativesFor } from '../../src/speech/hypothesis-buffer.js';
import { TranscriptBuilder } from '../../src/speech/transcript.js';

function note(builder: TranscriptBuilder, atMs: number, provenance: Provenance, version = 0): void {
  const frame: Omit<AudioFrame, 'pcm'> = {
    mediaTicks: atMs * 48,
    durationTicks: 960,
    provenance,
    version,
    arrivalUs: undefined,
    finalisedUs: 0,
    latencyUs: 0,
    missedDeadline: false,
    lossRunMs: 0,
    confidence: 1,
    captureUnixUs: undefined,
    levelDb: -30,
  };
  builder.noteFrame(frame);
}

function final(
  utterance: number,
  alternatives = 0,
): Extract<Hypothesis, { kind: 'final' | 'partial' }> {
  return {
    kind: 'final',
    utterance,
    text: 'pound key',
    startMs: 100,
    endMs: 300,
    words: [
      { text: 'pound', startMs: 100, endMs: 200, confidence: 0.9 },
      { text: 'key', startMs: 200, endMs: 300, confidence: 0.8 },
    ],
    alternatives: Array.from({ length: alternatives }, (_, i) => ({ text: `${i}`, score: i })),
  };
}

describe('a transcript', () => {
  it('tells of each word how much of it was heard', () => {
    const builder = new TranscriptBuilder();
    for (let ms = 0; ms < 400; ms += 20) {
      note(builder, ms, ms === 140 || ms === 160 ? 'plc' : ms === 220 ? 'fec' : 'received');
    }

    const { words, heardRatio } = builder.build(final(0), 0);

    expect(words.map((word) => word.heardRatio)).toEqual([expect.closeTo(0.6), 1]);
    expect(heardRatio).toBeCloseTo(0.8);
  });

  it('believes a repair more than the concealment it replaces', () => {
    const builder = new TranscriptBuilder();
    for (const ms of [100, 120, 140]) note(builder, ms, 'plc');

    note(builder, 120, 'received', 1);

    expect(builder.heardRatio(100, 160)).toBeCloseTo(1 / 3);
    expect(builder.heardRatio(120, 140)).toBe(1);
  });

  it('forgets concealment that is long past', () => {
    const builder = new TranscriptBuilder(1000);
    note(builder, 0, 'plc');

    note(builder, 5000, 'received');

    expect(builder.heardRatio(0, 20)).toBe(1);
  });

  it('counts utterances on over a recognizer that was opened again', () => {
    const builder = new TranscriptBuilder();
    builder.build(final(0), 0);
    builder.build(final(1), 0);

    builder.sessionOpened();

    expect(builder.build(final(0), 0).utterance).toBe(2);
  });

  it('keeps fewer alternatives the more audio waits, best first', () => {
    const builder = new TranscriptBuilder();

    expect(builder.build(final(0, 8), 0).alternatives.map(({ score }) => score)).toEqual([
      7, 6, 5, 4, 3, 2, 1, 0,
    ]);
    expect(builder.build(final(1, 8), 0.5).alternatives).toHaveLength(4);
    expect(builder.build(final(2, 8), 1).alternatives).toEqual([{ text: '7', score: 7 }]);
  });

  it('wants 8 alternatives when idle and 1 at the bound', () => {
    expect([-1, 0, 0.25, 0.9, 1, 7].map(alternativesFor)).toEqual([8, 8, 6, 1, 1, 1]);
  });
});
