import { describe, expect, it } from 'vitest';
import type { AudioChunk } from '../../src/recognizers/recognizer.js';
import {
  type Decoder,
  type Decoding,
  UtteranceDecoder,
} from '../../src/recognizers/utterance-decoder.js';
import { UtteranceSegmenter } from '../../src/speech/utterance-segmenter.js';
import { chunksOf, join, noise } from '../helpers/chunks.js';

const HZ = 16_000;
/** Half a second of hush, a second of loud noise that is taken for speech, and hush again. */
const HUSH_MS = 500;
const PCM = join(noise(HUSH_MS, -75), noise(1000, -20, 2), noise(1000, -75, 3));

/** Hears the sum of all samples; decoding an ms of audio takes it `costMs`. */
class SummingDecoder implements Decoder {
  readonly costMs: number;
  clockMs = 0;
  begun = 0;
  fedMs = 0;
  #sum = 0;

  constructor(costMs: number) {
    this.costMs = costMs;
  }

  begin(): void {
    this.begun++;
    this.#sum = 0;
  }

  feed(pcm: Int16Array): void {
    this.#sum += pcm.reduce((sum, sample) => sum + sample, 0);
    this.fedMs += pcm.length / 16;
    this.clockMs += (pcm.length / 16) * this.costMs;
  }

  partial(): Decoding {
    return { text: `${this.#sum}`, words: [] };
  }

  end(): Decoding & { readonly alternatives: readonly [] } {
    return { ...this.partial(), alternatives: [] };
  }

  close(): void {}
}

/** The final texts, repairs written as soon as they are over. */
function finalsOf(
  repairs: readonly {
    readonly startMs: number;
    readonly pcm: Int16Array;
    readonly atMs?: number;
  }[],
  decoder = new SummingDecoder(0.1),
): { readonly finals: readonly string[]; readonly decoder: SummingDecoder } {
  const segmenter = new UtteranceSegmenter(HZ, {
    leadInMs: 300,
    maxUtteranceMs: 20_000,
    voiceActivity: {},
  });
  const utterances = new UtteranceDecoder(decoder, segmenter, HZ, () => decoder.clockMs);
  const finals: string[] = [];
  const accept = (chunk: AudioChunk): void => {
    for (const one of utterances.accept(chunk, 1)) if (one.kind === 'final') finals.push(one.text);
  };
  for (const chunk of chunksOf(PCM)) {
    accept(chunk);
    const endMs = chunk.startMs + chunk.durationMs;
    for (const { startMs, pcm, atMs = startMs + pcm.length / 16 } of repairs) {
      if (atMs !== endMs) continue;
      for (const repair of chunksOf(pcm, { startMs })) accept({ ...repair, version: 1 });
    }
  }
  for (const one of utterances.flush(1)) if (one.kind === 'final') finals.push(one.text);
  return { finals, decoder };
}

const [plain = ''] = finalsOf([]).finals;
const better = (durationMs: number): Int16Array => noise(durationMs, -20, 9);
/** What replacing the audio there adds to the sum. */
function change(startMs: number, pcm: Int16Array): number {
  const replaced = PCM.subarray(startMs * 16, startMs * 16 + pcm.length);
  return pcm.reduce((sum, sample, i) => sum + sample - (replaced[i] ?? 0), 0);
}

describe('a decoder that rewinds', () => {
  it('gives the final words of the repaired audio, from one decoding more', () => {
    const { finals, decoder } = finalsOf([
      { startMs: 800, pcm: better(60) },
      { startMs: 1000, pcm: better(20) },
    ]);

    const expected = Number(plain) + change(800, better(60)) + change(1000, better(20));
    expect(finals).toEqual([`${expected}`]);
    expect(decoder.begun).toBe(2);
  });

  it('takes repairs of the lead-in while nobody speaks yet, at no cost', () => {
    const pcm = noise(20, -75, 9);
    const { finals, decoder } = finalsOf([{ startMs: 400, pcm }]);

    expect(finals).toEqual([`${Number(plain) + change(400, pcm)}`]);
    expect(decoder.begun).toBe(1);
  });

  it('leaves out what is not of the utterance: too old, to come, or over', () => {
    const { finals, decoder } = finalsOf([
      { startMs: 0, pcm: better(20) },
      { startMs: 5000, pcm: better(20), atMs: 1000 },
      { startMs: 800, pcm: better(20), atMs: 2480 },
    ]);

    expect(finals).toEqual([plain]);
    expect(decoder.begun).toBe(1);
  });

  it('does not when by its own speed that would keep the audio behind it waiting', () => {
    const slow = finalsOf([{ startMs: 800, pcm: better(60) }], new SummingDecoder(1.2));

    expect(slow.finals).toEqual([plain]);
    expect(slow.decoder.begun).toBe(1);
  });
});
