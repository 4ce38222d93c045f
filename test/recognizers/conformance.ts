import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  AudioChunk,
  Hypothesis,
  Recognizer,
  RecognizerSession,
} from '../../src/recognizers/recognizer.js';
import { chunksOf, join, noise } from '../helpers/chunks.js';

export interface ConformanceSettings {
  /** A new recognizer for each test. */
  create(): Recognizer;
  /** Speech at the recognizer's first sample rate, with noise around it. */
  readonly speech: Int16Array;
}

/**
 * What every recognizer must do, whoever wrote it: run this from a test file of your own.
 *
 * It checks the interface, not the quality of the words.
 */
export function describeRecognizer(name: string, settings: ConformanceSettings): void {
  describe(`${name} as a recognizer`, () => {
    const recognizers: Recognizer[] = [];
    const create = (): Recognizer => {
      const recognizer = settings.create();
      recognizers.push(recognizer);
      return recognizer;
    };
    afterEach(async () => {
      await Promise.all(recognizers.splice(0).map((recognizer) => recognizer.close()));
    });
    const open = (recognizer: Recognizer, signal?: AbortSignal): Promise<RecognizerSession> =>
      recognizer.open({ sampleRateHz: rateOf(recognizer), language: 'en-US', signal });

    it('tells capabilities a pipeline can work with', () => {
      const { capabilities } = create();

      expect(capabilities.sampleRatesHz.length).toBeGreaterThan(0);
      expect(capabilities.chunkMs).toBeGreaterThanOrEqual(10);
      expect(capabilities.chunkMs).toBeLessThanOrEqual(200);
    });

    it('gives each utterance in order, on media time, its final after its partials', async () => {
      const recognizer = create();
      const session = await open(recognizer);
      const startMs = 5000;
      const chunks = chunksFor(recognizer, settings.speech, startMs);

      const hypotheses = await recognize(session, chunks);

      expectOrder(hypotheses);
      const endMs = startMs + (settings.speech.length * 1000) / rateOf(recognizer);
      for (const hypothesis of hypotheses) {
        const times = 'atMs' in hypothesis ? [hypothesis.atMs] : timesOf(hypothesis);
        for (const time of times) {
          expect(time).toBeGreaterThanOrEqual(startMs);
          expect(time).toBeLessThanOrEqual(endMs);
        }
      }
      expect(hypotheses.some(({ kind }) => kind === 'speech-start')).toBe(true);
      if (recognizer.capabilities.words !== 'none') {
        expect(hypotheses.some(({ kind }) => kind === 'final')).toBe(true);
      }
    });

    it('gives an utterance after missing audio the time it was spoken at', async () => {
      const recognizer = create();
      const session = await open(recognizer);
      const first = chunksFor(recognizer, settings.speech, 0);
      const laterMs = 100_000;

      const hypotheses = await recognize(session, [
        ...first,
        ...chunksFor(recognizer, settings.speech, laterMs),
      ]);

      const starts = hypotheses.flatMap((one) => (one.kind === 'speech-start' ? [one.atMs] : []));
      expect(starts.some((atMs) => atMs >= laterMs)).toBe(true);
      expectOrder(hypotheses);
      const finals = finalsOf(hypotheses);
      const firstEndMs = (settings.speech.length * 1000) / rateOf(recognizer);
      for (const final of finals) {
        expect(final.endMs <= firstEndMs || final.startMs >= laterMs).toBe(true);
      }
    });

    it('keeps two sessions apart', async () => {
      const recognizer = create();
      const [speaking, silent] = await Promise.all([open(recognizer), open(recognizer)]);
      const hush = noise(1000, -80, 3, rateOf(recognizer));

      const [heard] = await Promise.all([
        recognize(speaking, chunksFor(recognizer, settings.speech, 0)),
        recognize(silent, chunksFor(recognizer, hush, 50_000)),
      ]);

      for (const one of heard) {
        expect('atMs' in one ? one.atMs : one.endMs).toBeLessThan(50_000);
      }
    });

    it('bears zeros, full scale, single samples and nothing at all', async () => {
      const recognizer = create();
      const session = await open(recognizer);
      const rate = rateOf(recognizer);
      const square = new Int16Array(rate / 2).map((_, i) => (i % 40 < 20 ? 32_767 : -32_768));
      const pcm = join(new Int16Array(rate / 2), square, noise(200, -1, 9, rate));
      const chunks = [
        ...chunksFor(recognizer, pcm, 0),
        ...chunksOf(new Int16Array([1]), { sampleRateHz: rate, startMs: 1200 }),
      ];

      await expect(recognize(session, chunks)).resolves.toBeDefined();
    });

    it('takes better audio of any time where it says that it rewinds', async (ctx) => {
      const recognizer = create();
      if (!recognizer.capabilities.acceptsRepair) return ctx.skip('it does not rewind');
      const session = await open(recognizer);
      const startMs = 5000;
      const chunks = chunksFor(recognizer, settings.speech, startMs);
      // Each chunk again 60 ms after it was written, and some that it never had, does not have yet, or not any more.
      const repairs = chunks.map((chunk) => ({ ...chunk, pcm: chunk.pcm.slice(), version: 1 }));
      const strangers = [0, startMs - 10, 100_000].map((atMs) => ({
        ...(repairs[0] as AudioChunk),
        startMs: atMs,
        pcm: new Int16Array(repairs[0]?.pcm.length ?? 0).fill(32_767),
      }));
      const written = chunks.flatMap((chunk, index) => [
        chunk,
        ...repairs.slice(Math.max(0, index - 3), Math.max(0, index - 2)),
        ...(index % 50 === 0 ? strangers.map((one) => ({ ...one, pcm: one.pcm.slice() })) : []),
      ]);

      const hypotheses = await recognize(session, written);

      // A decoder adapts as it hears: decoding again may give other words, but neither more utterances nor words elsewhere.
      expectOrder(hypotheses);
      const finals = finalsOf(hypotheses);
      const plain = await recognize(
        await open(recognizer),
        chunksFor(recognizer, settings.speech, startMs),
      );
      expect(finals).toHaveLength(finalsOf(plain).length);
      const endMs = startMs + (settings.speech.length * 1000) / rateOf(recognizer);
      for (const time of finals.flatMap(timesOf)) {
        expect(time).toBeGreaterThanOrEqual(startMs);
        expect(time).toBeLessThanOrEqual(endMs);
      }
    });

    it('refuses audio over its bound and says how much waits', async () => {
      const recognizer = create();
      const session = await open(recognizer);
      const reading = collect(session);
      let refused: unknown;
      const minute = chunksFor(recognizer, noise(1000, -70, 5, rateOf(recognizer)), 0);

      for (let second = 0; second < 120 && refused === undefined; second++) {
        try {
          for (const chunk of minute) {
            session.write({
              ...chunk,
              startMs: second * 1000 + chunk.startMs,
              pcm: chunk.pcm.slice(),
            });
          }
        } catch (error) {
          refused = error;
        }
      }

      // Whoever takes two minutes at once without a word has nothing waiting.
      if (refused === undefined) expect(session.backlogMs).toBe(0);
      else expect(refused).toMatchObject({ code: 'EARSHOT_LIMIT_REACHED' });
      await session.flush();
      expect(session.backlogMs).toBe(0);
      await session.close();
      await reading;
    });

    it('ends its hypotheses at close, which may be called twice', async () => {
      const session = await open(create());
      const reading = collect(session);

      await session.close();
      await session.close();

      await expect(reading).resolves.toBeDefined();
      const [chunk] = chunksOf(new Int16Array(320));
      if (chunk === undefined) throw new Error('no chunk');
      expect(() => session.write(chunk)).toThrow(
        expect.objectContaining({ code: 'EARSHOT_CLOSED' }),
      );
      await expect(session.flush()).rejects.toMatchObject({ code: 'EARSHOT_CLOSED' });
    });

    it('ends a session without an error when its signal aborts', async () => {
      const abort = new AbortController();
      const session = await open(create(), abort.signal);
      const reading = collect(session);

      abort.abort();

      await expect(reading).resolves.toBeDefined();
    });

    it('closes its sessions with itself and opens none after', async () => {
      const recognizer = create();
      const reading = collect(await open(recognizer));

      await recognizer.close();
      await recognizer.close();

      await expect(reading).resolves.toBeDefined();
      await expect(open(recognizer)).rejects.toMatchObject({ code: 'EARSHOT_CLOSED' });
    });
  });
}

/** Writes chunks as fast as the session bears, flushes, closes, and gives all it said. */
export async function recognize(
  session: RecognizerSession,
  chunks: readonly AudioChunk[],
): Promise<readonly Hypothesis[]> {
  const reading = collect(session);
  for (const chunk of chunks) {
    while (session.backlogMs > 500) await sleep(2);
    session.write(chunk);
  }
  await session.flush();
  await session.close();
  return reading;
}

/** The final hypotheses, in order. */
export function finalsOf(hypotheses: readonly Hypothesis[]): readonly TextHypothesis[] {
  return hypotheses.flatMap((one) => (one.kind === 'final' ? [one as TextHypothesis] : []));
}

async function collect(session: RecognizerSession): Promise<readonly Hypothesis[]> {
  const hypotheses: Hypothesis[] = [];
  for await (const hypothesis of session.hypotheses) hypotheses.push(hypothesis);
  return hypotheses;
}

function rateOf({ capabilities }: Recognizer): number {
  return capabilities.sampleRatesHz[0] ?? 16_000;
}

function chunksFor(recognizer: Recognizer, pcm: Int16Array, startMs: number): AudioChunk[] {
  const { chunkMs } = recognizer.capabilities;
  return chunksOf(pcm, { sampleRateHz: rateOf(recognizer), chunkMs, startMs });
}

type TextHypothesis = Extract<Hypothesis, { kind: 'partial' | 'final' }>;

function timesOf({ startMs, endMs, words }: TextHypothesis): readonly number[] {
  return [startMs, endMs, ...words.flatMap((word) => [word.startMs, word.endMs])];
}

function expectOrder(hypotheses: readonly Hypothesis[]): void {
  let finals = 0;
  for (const hypothesis of hypotheses) {
    if (hypothesis.kind !== 'partial' && hypothesis.kind !== 'final') continue;
    expect(hypothesis.utterance).toBe(finals);
    expect(hypothesis.endMs).toBeGreaterThanOrEqual(hypothesis.startMs);
    expect(hypothesis.alternatives.length).toBeLessThanOrEqual(8);
    let beforeMs = hypothesis.startMs;
    for (const word of hypothesis.words) {
      expect(word.startMs).toBeGreaterThanOrEqual(beforeMs - 0.001);
      expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
      expect(word.endMs).toBeLessThanOrEqual(hypothesis.endMs + 0.001);
      beforeMs = word.startMs;
    }
    if (hypothesis.kind === 'final') finals++;
  }
}
