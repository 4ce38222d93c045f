import { expect, it } from 'vitest';
import { ManualClock } from '../src/clock.js';
import { SpeechPipeline } from '../src/pipeline.js';
import type { PipelineStats } from '../src/pipeline-events.js';
import type {
  AudioChunk,
  Hypothesis,
  Recognizer,
  RecognizerSession,
} from '../src/recognizers/recognizer.js';
import { type NetworkSettings, talk, throughNetwork } from '../src/simulate/index.js';
import { AsyncQueue } from '../src/speech/async-queue.js';
import type { Transcript } from '../src/speech/transcript.js';
import { fixtureCall } from './helpers/call.js';

const SECONDS = 8;
const pcm = fixtureCall().pcm.slice(0, SECONDS * 16_000);
/** Packets that are late by more than the engine waits, and none that is lost. */
const LATE: NetworkSettings = {
  seed: 3,
  baseDelayMs: 40,
  reorder: { ratio: 0.05, minMs: 150, maxMs: 400 },
};
const CLEAN: NetworkSettings = { seed: 3, baseDelayMs: 40 };

/** Writes down what it is given; at the flush its one word is all of it. */
class Recorder implements Recognizer {
  readonly name = 'recorder';
  readonly capabilities: Recognizer['capabilities'];
  readonly written: AudioChunk[] = [];

  constructor(rewinds: 'rewinds' | 'does not', chunkMs: number) {
    const acceptsRepair = rewinds === 'rewinds';
    this.capabilities = { sampleRatesHz: [16_000], chunkMs, acceptsRepair, words: 'timed' };
  }

  async open(): Promise<RecognizerSession> {
    const hypotheses = new AsyncQueue<Hypothesis>(8);
    return {
      backlogMs: 0,
      hypotheses,
      write: (chunk) => void this.written.push(chunk),
      flush: async () => {
        const endMs = SECONDS * 1000;
        const words = [{ text: 'all', startMs: 0, endMs, confidence: undefined }];
        const said = { text: 'all', startMs: 0, endMs, words, alternatives: [] };
        hypotheses.push({ kind: 'final', utterance: 0, ...said });
      },
      close: async () => hypotheses.end(),
    };
  }

  async close(): Promise<void> {}

  /** The audio as it stands after all that was written. */
  get audio(): Int16Array {
    const audio = new Int16Array(pcm.length);
    for (const { startMs, pcm: samples } of this.written) {
      const at = Math.round(startMs * 16);
      audio.set(samples.subarray(0, Math.max(0, audio.length - at)), at);
    }
    return audio;
  }
}

async function hear(
  recognizer: Recorder,
  network: NetworkSettings,
): Promise<{ readonly stats: PipelineStats; readonly final: Transcript | undefined }> {
  const clock = new ManualClock();
  // The engine waits 50.5 ms at a hole, whatever the length of a chunk.
  const budgetMs = 130 + recognizer.capabilities.chunkMs;
  const pipeline = await SpeechPipeline.open({ recognizer, clock, budgetMs });
  let final: Transcript | undefined;
  pipeline.on('transcript', ({ transcript }) => {
    final = transcript;
  });
  for (const { atUs, data } of throughNetwork(
    talk(pcm, { sampleRateHz: 16_000, ssrc: 7 }),
    network,
  )) {
    clock.advanceTo(atUs);
    pipeline.push([{ data, arrivalUs: atUs }]);
  }
  await pipeline.close();
  return { stats: pipeline.stats(), final };
}

it.each([20, 100])(
  'a recognizer that rewinds has the loss-free audio in the end, by repairs, in chunks of %d ms',
  async (chunkMs) => {
    const undisturbed = new Recorder('rewinds', chunkMs);
    await hear(undisturbed, CLEAN);
    const recorder = new Recorder('rewinds', chunkMs);

    const { stats, final } = await hear(recorder, LATE);

    const repairs = recorder.written.filter(({ version }) => version > 0);
    expect(stats.receiver.repairs).toBeGreaterThan(3);
    expect(repairs.length).toBeGreaterThan(3);
    expect(recorder.audio).toEqual(undisturbed.audio);
    expect(undisturbed.written.every(({ version }) => version === 0)).toBe(true);
    for (const { durationMs, spans, pcm: samples } of repairs) {
      expect(spans.reduce((sum, span) => sum + span.durationMs, 0)).toBe(durationMs);
      expect(samples.length).toBe(durationMs * 16);
    }
    expect(stats.recognizer.repairedMs).toBeGreaterThan(60);
    expect(final?.heardRatio).toBe(1);
  },
);

it('a recognizer that does not is given no repair of what it has, and its words were not all heard', async () => {
  const recorder = new Recorder('does not', 20);

  const { stats, final } = await hear(recorder, LATE);

  expect(stats.receiver.repairs).toBeGreaterThan(3);
  expect(recorder.written.every(({ version }) => version === 0)).toBe(true);
  expect(recorder.written.map(({ startMs }) => startMs)).toEqual(
    recorder.written.map((_, index) => index * 20),
  );
  expect(stats.recognizer.repairedMs).toBe(0);
  expect(final?.heardRatio).toBeLessThan(1);
});

it('audio that still waits to be a chunk is repaired for any recognizer', async () => {
  const patient = new Recorder('does not', 200);

  const { stats } = await hear(patient, {
    ...LATE,
    reorder: { ratio: 0.05, minMs: 70, maxMs: 120 },
  });

  expect(stats.recognizer.repairedMs).toBeGreaterThan(0);
  expect(patient.written.every(({ version }) => version === 0)).toBe(true);
});
