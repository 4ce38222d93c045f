import { describe, expect, it } from 'vitest';
import { ManualClock } from '../src/clock.js';
import type { AudioFrame } from '../src/index.js';
import { SpeechPipeline } from '../src/pipeline.js';
import type { PipelineEvent } from '../src/pipeline-events.js';
import { engineDeadlineMs, type SpeechPipelineOptions } from '../src/pipeline-options.js';
import { type NetworkSettings, talk, throughNetwork } from '../src/simulate/index.js';
import { fixtureCall } from './helpers/call.js';
import { FakeRecognizer } from './recognizers/fake-recognizer.js';

const call = fixtureCall();
const BASE_MS = 40;

interface Run {
  readonly events: readonly PipelineEvent[];
  readonly pipeline: SpeechPipeline;
}

/** Speaks the first seconds of the call through a network into a pipeline, in simulated time. */
async function runCall(
  options: Omit<SpeechPipelineOptions, 'clock'>,
  { seconds = 6, network = {} as Partial<NetworkSettings>, eachSecond = async () => {} } = {},
): Promise<Run> {
  const clock = new ManualClock();
  const pipeline = await SpeechPipeline.open({ ...options, clock });
  const events: PipelineEvent[] = [];
  for (const type of TYPES) pipeline.on(type, (event) => events.push(event));
  const spoken = talk(call.pcm.slice(0, seconds * 16_000), {
    sampleRateHz: 16_000,
    fec: 'on',
    ssrc: 7,
    firstTimestamp: 0xffff_f000,
  });
  let nextSecondUs = 0;
  for (const { atUs, data } of throughNetwork(spoken, {
    seed: 1,
    baseDelayMs: BASE_MS,
    ...network,
  })) {
    clock.advanceTo(atUs);
    pipeline.push([{ data, arrivalUs: atUs }]);
    if (atUs < nextSecondUs) continue;
    nextSecondUs = atUs + 1_000_000;
    await eachSecond();
    await settle();
  }
  return { events, pipeline };
}

const TYPES = [
  'frame',
  'delivered',
  'speech',
  'transcript',
  'audio-dropped',
  'recognizer-failed',
  'recognizer-reopened',
] as const;

/** Lets promises that are settled be seen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function only<T extends PipelineEvent['type']>(
  events: readonly PipelineEvent[],
  type: T,
): Extract<PipelineEvent, { type: T }>[] {
  return events.filter((one): one is Extract<PipelineEvent, { type: T }> => one.type === type);
}

describe('the pipeline', () => {
  it('hands every frame to the recognizer in order and on time, and times it', async () => {
    const recognizer = new FakeRecognizer();

    const { events, pipeline } = await runCall({ recognizer });
    await pipeline.close();

    const chunks = recognizer.sessions[0]?.written ?? [];
    expect(chunks).toHaveLength(300);
    expect(chunks.map(({ startMs }) => startMs)).toEqual(chunks.map((_, index) => index * 20));
    const { ledger, receiver, deadlineMs } = pipeline.stats();
    expect(receiver.concealedRatio).toBe(0);
    expect(only(events, 'frame')).toHaveLength(300);
    expect(only(events, 'delivered')).toHaveLength(300);
    // 26.5 capture, 45 assumed, and nothing else takes time on a clean path in simulated time.
    expect(ledger.stages.total).toMatchObject({ p50: 71.5, p99: 71.5 });
    expect(ledger).toMatchObject({ budgetMs: 150, overBudget: 0, measuredUplinks: 0 });
    expect(deadlineMs).toBe(50.5);
  });

  it('stays inside the budget through loss, jitter and reordering, and says what was made up', async () => {
    const recognizer = new FakeRecognizer();

    const { events, pipeline } = await runCall(
      { recognizer },
      {
        network: {
          seed: 5,
          loss: { kind: 'iid', ratio: 0.1 },
          reorder: { ratio: 0.05, minMs: 20, maxMs: 40 },
        },
      },
    );
    await pipeline.close();

    const { ledger, receiver } = pipeline.stats();
    expect(receiver.packetsLost).toBeGreaterThan(10);
    expect(receiver.provenanceMs.fec).toBeGreaterThan(0);
    expect(ledger.stages.total.p99).toBeLessThanOrEqual(150);
    const chunks = recognizer.sessions[0]?.written ?? [];
    for (const [index, { startMs, durationMs, spans }] of chunks.entries()) {
      expect(startMs).toBe(index * 20);
      expect(spans.reduce((sum, span) => sum + span.durationMs, 0)).toBe(durationMs);
    }
    const finals = only(events, 'transcript').filter(({ transcript }) => transcript.final);
    const concealed = only(events, 'frame').filter(({ frame }) => frame.provenance === 'plc');
    if (concealed.length > 0) {
      expect(finals.some(({ transcript }) => transcript.heardRatio < 1)).toBe(true);
    }
  });

  it('measures the uplink from sender reports, over the wrap of the timestamp', async () => {
    const clock = new ManualClock();
    const pipeline = await SpeechPipeline.open({ recognizer: new FakeRecognizer(), clock });
    const startUnixUs = 1_767_225_600_000_000;
    const firstTimestamp = 0xffff_f000;
    const spoken = talk(call.pcm.slice(0, 4 * 16_000), {
      sampleRateHz: 16_000,
      ssrc: 7,
      firstTimestamp,
    });

    for (const { atUs, data } of throughNetwork(spoken, { seed: 1, baseDelayMs: BASE_MS })) {
      clock.advanceTo(atUs);
      pipeline.push([{ data, arrivalUs: atUs }]);
      // At sender's time 1 s, said 40 ms later, with a round trip of 80 ms.
      if (atUs === 1_040_000) {
        pipeline.senderReport({
          ssrc: 7,
          ntpUnixUs: startUnixUs + 1_000_000,
          rtpTimestamp: (firstTimestamp + 48_000) >>> 0,
          arrivalUs: 1_040_000,
          rttUs: 80_000,
        });
      }
    }
    await pipeline.close();

    const { ledger } = pipeline.stats();
    expect(ledger.measuredUplinks).toBe(200 - 50);
    expect(ledger.stages.uplink.p99).toBe(45);
    expect(ledger.stages.uplink.p50).toBe(40);
  });

  it('follows a sender whose SSRC changes, by the reports of both', async () => {
    const clock = new ManualClock();
    const pipeline = await SpeechPipeline.open({ recognizer: new FakeRecognizer(), clock });
    const startUnixUs = 1_767_225_600_000_000;
    const frames: AudioFrame[] = [];
    pipeline.on('frame', ({ frame }) => frames.push(frame));
    const sources = [
      { ssrc: 7, firstTimestamp: 0xffff_f000, startUs: 0 },
      { ssrc: 8, firstTimestamp: 123_456, startUs: 2_500_000 },
    ];
    for (const { ssrc, firstTimestamp, startUs } of sources) {
      // Known before the source sends audio; its transit is not.
      pipeline.senderReport({
        ssrc,
        ntpUnixUs: startUnixUs + startUs,
        rtpTimestamp: firstTimestamp,
        arrivalUs: clock.nowUs(),
        rttUs: undefined,
      });
    }
    for (const { startUs, ...source } of sources) {
      for (const [i, { atUs, data }] of talk(call.pcm.slice(0, 2 * 16_000), {
        sampleRateHz: 16_000,
        ...source,
      }).entries()) {
        // The network holds the first packet of the second source back.
        const arrivalUs = startUs + Math.max(atUs, startUs > 0 ? 90_000 : 0) + BASE_MS * 1000;
        clock.advanceTo(arrivalUs);
        pipeline.push([{ data, arrivalUs }]);
        if (i !== 50) continue;
        pipeline.senderReport({
          ssrc: source.ssrc,
          ntpUnixUs: startUnixUs + startUs + atUs,
          rtpTimestamp: (source.firstTimestamp + 51 * 960) >>> 0,
          arrivalUs,
          rttUs: 2 * BASE_MS * 1000,
        });
      }
    }
    await pipeline.close();

    const last = frames.at(-1);
    expect((last?.mediaTicks ?? 0) / 48).toBe(4_480);
    for (const { mediaTicks, captureUnixUs } of frames) {
      expect(captureUnixUs).toBe(startUnixUs + (mediaTicks * 1000) / 48);
    }
    const { receiver, ledger } = pipeline.stats();
    expect(receiver).toMatchObject({ restarts: 1, timestampJumps: 0, packetsLost: 0 });
    // From the middle of each talk on, and through the pause up to the packet that showed a new SSRC.
    expect(ledger.measuredUplinks).toBe(49 + 25 + 1 + 49);
    expect(ledger.stages.uplink.p50).toBe(BASE_MS);
  });

  it('drops the oldest audio of a recognizer that is too slow, and says how much', async () => {
    const recognizer = new FakeRecognizer({ pace: 'manual', maxBacklogMs: 5000 });

    const { events, pipeline } = await runCall(
      { recognizer, maxDecodeBufferMs: 500 },
      { seconds: 10, eachSecond: async () => recognizer.sessions[0]?.work(500) },
    );
    const { decodeBufferMs, backlogMs, droppedMs } = pipeline.stats().recognizer;

    expect(decodeBufferMs).toBeLessThanOrEqual(500);
    expect(backlogMs).toBeLessThanOrEqual(520);
    expect(droppedMs).toBeGreaterThan(3000);
    const told = only(events, 'audio-dropped');
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThanOrEqual(10);
    expect(only(events, 'frame')).toHaveLength(500);
    recognizer.sessions[0]?.work(Number.POSITIVE_INFINITY);
    await pipeline.close();
    const toldMs = only(events, 'audio-dropped').reduce((sum, one) => sum + one.durationMs, 0);
    expect(toldMs).toBe(pipeline.stats().recognizer.droppedMs);
  });

  it('opens a failed recognizer again; audio goes on, and utterances count on', async () => {
    const recognizer = new FakeRecognizer({ failAfterMs: 2500, failingSessions: 1 });

    const { events, pipeline } = await runCall({ recognizer }, { seconds: 8 });
    await pipeline.close();

    expect(only(events, 'frame')).toHaveLength(400);
    expect(only(events, 'recognizer-failed')).toMatchObject([
      { error: { code: 'EARSHOT_RECOGNIZER_FAILED' }, retriesLeft: 3 },
    ]);
    expect(only(events, 'recognizer-reopened')).toHaveLength(1);
    const finals = only(events, 'transcript').flatMap(({ transcript }) =>
      transcript.final ? [transcript.utterance] : [],
    );
    expect(new Set(finals).size).toBe(finals.length);
    expect(finals.length).toBeGreaterThan(4);
    expect(pipeline.stats().recognizer.failures).toBe(1);
  });

  it('goes on without words when the recognizer keeps failing', async () => {
    const recognizer = new FakeRecognizer({ failAfterMs: 100 });

    const { events, pipeline } = await runCall(
      { recognizer, recognizerRetries: 2 },
      { seconds: 8 },
    );
    await pipeline.close();

    expect(only(events, 'recognizer-failed').map(({ retriesLeft }) => retriesLeft)).toEqual([
      2, 1, 0,
    ]);
    expect(only(events, 'frame')).toHaveLength(400);
    expect(pipeline.stats().recognizer.unrecognizedMs).toBeGreaterThan(3000);
  });

  it('ends the utterance when a stream falls silent for good', async () => {
    const recognizer = new FakeRecognizer();
    const clock = new ManualClock();
    const pipeline = await SpeechPipeline.open({ recognizer, clock });
    const finals: string[] = [];
    pipeline.on('transcript', ({ transcript }) => {
      if (transcript.final) finals.push(transcript.text);
    });
    const spoken = talk(call.pcm.slice(0, 16 * 500), { sampleRateHz: 16_000, ssrc: 7 });
    for (const { atUs, data } of spoken) {
      clock.advanceTo(atUs);
      pipeline.push([{ data, arrivalUs: atUs }]);
    }

    for (let step = 0; step < 80; step++) {
      clock.advanceTo(clock.nowUs() + 100_000);
      await settle();
    }

    expect(finals.length).toBeGreaterThan(0);
    await pipeline.close();
  });

  it('gives events to a reader and tells it when it was too slow', async () => {
    const recognizer = new FakeRecognizer();
    const clock = new ManualClock();
    const pipeline = await SpeechPipeline.open({ recognizer, clock });
    const reader = pipeline.events[Symbol.asyncIterator]();
    const spoken = talk(call.pcm.slice(0, 16_000 * 20), { sampleRateHz: 16_000, ssrc: 7 });
    for (const { atUs, data } of spoken) {
      clock.advanceTo(atUs);
      pipeline.push([{ data, arrivalUs: atUs }]);
    }

    await pipeline.close();

    const first = await reader.next();
    expect(first.value).toMatchObject({ type: 'events-dropped' });
    let read = 0;
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) read++;
    expect(read).toBe(1024);
  });

  it('closes once, at its signal too, and then takes no packet', async () => {
    const abort = new AbortController();
    const recognizer = new FakeRecognizer();
    const pipeline = await SpeechPipeline.open({
      recognizer,
      clock: new ManualClock(),
      signal: abort.signal,
    });

    abort.abort();
    await pipeline.close();
    await pipeline.close();

    expect(() => pipeline.push([])).toThrow(expect.objectContaining({ code: 'EARSHOT_CLOSED' }));
    expect(pipeline.stats().recognizer.state).toBe('closed');
  });

  it('bears hostile bytes', async () => {
    const recognizer = new FakeRecognizer();
    const clock = new ManualClock();
    const pipeline = await SpeechPipeline.open({ recognizer, clock });

    for (let length = 0; length < 200; length++) {
      clock.advanceTo(clock.nowUs() + 1000);
      pipeline.push([{ data: new Uint8Array(length).fill(0x90), arrivalUs: clock.nowUs() }]);
    }

    await expect(pipeline.close()).resolves.toBeUndefined();
  });

  it('rejects when the recognizer does not open, and names options it does not know', async () => {
    const recognizer = new FakeRecognizer({ failOpenFrom: 0 });

    await expect(SpeechPipeline.open({ recognizer })).rejects.toMatchObject({
      code: 'EARSHOT_RECOGNIZER_FAILED',
    });
    await expect(
      SpeechPipeline.open({ recognizer, budget: 3 } as SpeechPipelineOptions),
    ).rejects.toMatchObject({ code: 'EARSHOT_BAD_OPTION' });
    await expect(
      SpeechPipeline.open({ recognizer, receiver: { sampleRateHz: 48_000 } }),
    ).rejects.toThrow(/16000 for fake, got 48000/);
  });

  it('leaves the engine what the budget leaves', () => {
    expect(engineDeadlineMs(150, 45, 20)).toBe(50.5);
    expect(engineDeadlineMs(150, 45, 100)).toBe(0);
    expect(engineDeadlineMs(5000, 0, 10)).toBe(1000);
  });
});
