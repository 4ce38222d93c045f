import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvTraceParts, ndjsonTraceParts } from '../../src/capture/timing-trace-writer.js';
import { EarshotError, parseOpus, parseRtp } from '../../src/index.js';
import {
  openCapture,
  readCapture,
  replay,
  type TraceSpeech,
  withSpeech,
  writePcap,
} from '../../src/replay/index.js';
import { networkPreset, type TimedPacket, talk, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { packetsOf, replayer } from '../helpers/captures.js';
import { corpusFolder } from '../helpers/corpus.js';

const RATE_HZ = 16_000;
const SPEECH: TraceSpeech = { sampleRateHz: RATE_HZ, pcm: fixtureCall().pcm, name: 'call.wav' };
const run = replayer();

function csvOf(packets: readonly TimedPacket[]) {
  return readCapture(Buffer.from([...csvTraceParts(packets)].join('')), 'trace.csv');
}

/** A trace of packets with these numbers, timestamps and payload lengths, a packet every `stepUs`. */
function traceOf(
  rows: readonly (readonly [seq: number, ts: number, bytes: number, pt?: number])[],
  stepUs = 20_000,
) {
  const lines = rows.map(
    ([seq, ts, bytes, pt = 111], i) => `${seq},${ts >>> 0},${i * stepUs},${bytes},${pt}`,
  );
  return readCapture(
    Buffer.from(`seq,rtp_ts,arrival_us,payload_len,pt\n${lines.join('\n')}\n`),
    'trace.csv',
  );
}

describe('a call whose voice was left out, given its own speech again', () => {
  it.each(['wifi', 'lte', 'congested'] as const)(
    'is decided on as the call was: %s',
    async (name) => {
      const sent = talk(SPEECH.pcm, {
        sampleRateHz: RATE_HZ,
        ssrc: 0,
        firstSequenceNumber: 65_000,
      });
      const arrived = throughNetwork(sent, networkPreset(name, 3));
      const original = await run(readCapture(writePcap(arrived), 'call.pcap'));
      for (const parts of [csvTraceParts, ndjsonTraceParts]) {
        const trace = readCapture(Buffer.from([...parts(arrived)].join('')), 'trace');
        const spoken = await run(trace, { speech: SPEECH });

        const decisions = (lines: typeof original.lines): unknown =>
          lines
            .filter(({ version }) => version === 0)
            .map(({ atUs, ts, durUs, from }) => [atUs, ts, durUs, from]);
        expect(decisions(spoken.lines)).toEqual(decisions(original.lines));
        expect(spoken.report.packets).toEqual(original.report.packets);
        expect(spoken.report.latencyMs).toEqual(original.report.latencyMs);
        expect(spoken.report.speech).toMatchObject({
          speech: 'call.wav',
          frameMs: 20,
          clockRateHz: 48_000,
        });
      }
    },
  );

  it('has the bit rate of the trace, and says the same words at the same places', async () => {
    const sent = talk(SPEECH.pcm, { sampleRateHz: RATE_HZ, ssrc: 0, bitrateBps: 32_000 });
    const { capture, report } = withSpeech(csvOf(sent), {}, SPEECH);
    expect(Math.abs(report.bitrateBps / 32_000 - 1)).toBeLessThan(0.15);

    const bytes = (packets: readonly { readonly payload: Uint8Array }[]): number =>
      packets.reduce((sum, { payload }) => sum + payload.length, 0);
    const original = packetsOf(readCapture(writePcap(sent), 'x'));
    expect(Math.abs(bytes(packetsOf(capture)) / bytes(original) - 1)).toBeLessThan(0.15);

    const [one, other] = [
      await run(csvOf(sent), { speech: SPEECH }),
      await run(readCapture(writePcap(sent), 'x')),
    ];
    let [product, energyOne, energyOther] = [0, 0, 0];
    for (const [i, sample] of one.pcm.entries()) {
      product += sample * (other.pcm[i] ?? 0);
      energyOne += sample * sample;
      energyOther += (other.pcm[i] ?? 0) ** 2;
    }
    expect(product / Math.sqrt(energyOne * energyOther)).toBeGreaterThan(0.95);
  });

  it('has copies in its packets when asked for, and they recover what was lost', async () => {
    const sent = talk(SPEECH.pcm, { sampleRateHz: RATE_HZ, ssrc: 0 });
    const arrived = throughNetwork(sent, { seed: 1, loss: { kind: 'iid', ratio: 0.1 } });
    const off = await replay(csvOf(arrived), { speech: SPEECH });
    const on = await replay(csvOf(arrived), { speech: { ...SPEECH, fec: 'on' } });
    expect(off.audio.provenanceMs.fec).toBe(0);
    expect(on.audio.provenanceMs.fec).toBeGreaterThan(on.packets.lost * 20 * 0.4);
  });
});

describe('packets of a trace', () => {
  const steps = (ticks: readonly number[], bytes = 60) => {
    let ts = 4_294_960_000;
    return ticks.map((step, i) => {
      const row = [(65_530 + i) & 0xffff, ts, bytes] as const;
      ts += step;
      return row;
    });
  };
  const durations = (
    capture: Parameters<typeof withSpeech>[0],
    speech = SPEECH,
  ): (number | undefined)[] =>
    packetsOf(withSpeech(capture, {}, speech).capture).map(
      ({ payload }) => parseOpus(payload)?.durationTicks,
    );

  it.each([120, 240, 480, 960, 1440, 1920, 2880, 3840, 4800, 5760])(
    'of %d ticks are as long in Opus',
    (ticks) => {
      const trace = traceOf(steps(Array.from({ length: 200 }, () => ticks)), ticks / 0.048);
      expect(new Set(durations(trace))).toEqual(new Set([ticks]));
    },
  );

  it('that change their length in mid-call are each as long as they were', () => {
    const ticks = Array.from({ length: 100 }, (_, i) => [960, 1920, 960, 2880, 5760][i % 5] ?? 960);
    // The last one's length nobody can tell: it is as long as most.
    expect(durations(traceOf(steps(ticks))).slice(0, -1)).toEqual(ticks.slice(0, -1));
  });

  it('before a pause are as long as the others', () => {
    const ticks = [960, 960, 48_000, 960, 960, 960];
    expect(new Set(durations(traceOf(steps(ticks))))).toEqual(new Set([960]));
  });

  it.each([
    [0, 160, 20_000, 8000],
    [8, 160, 20_000, 8000],
    [9, 160, 20_000, 8000],
    [18, 160, 20_000, 8000],
    [10, 882, 20_000, 44_100],
    [125, 320, 20_000, 16_000],
    [96, 160, 20_000, 8000],
    [97, 480, 15_000, 32_000],
    [97, 1920, 40_000, 48_000],
  ])(
    'of type %d, %d ticks every %d µs, count by %d Hz and become Opus at 48 kHz',
    (type, step, us, clockRateHz) => {
      const rows = Array.from({ length: 100 }, (_, i) => [i, i * step, 60, type] as const);
      const { capture, report } = withSpeech(traceOf(rows, us), {}, SPEECH);
      expect(report).toMatchObject({ clockRateHz, tracedPayloadType: type });
      const packets = packetsOf(capture);
      expect(packets[99]?.mediaTicks).toBe(Math.round((99 * step * 48_000) / clockRateHz));
    },
  );

  it('that say nothing become Opus that says nothing: comfort noise, and one or two bytes', async () => {
    const rows = Array.from(
      { length: 100 },
      (_, i) => [i, i * 160, i >= 40 && i < 60 ? 12 : 160, i >= 40 && i < 60 ? 13 : 0] as const,
    );
    const g711 = await replay(traceOf(rows), { speech: SPEECH });
    expect(g711.packets.lost).toBe(0);
    expect(g711.audio.provenanceMs.dtx).toBe(400);

    const opus = rows.map(([i, , , type]) => [i, i * 960, type === 13 ? 1 : 60] as const);
    expect((await replay(traceOf(opus), { speech: SPEECH })).audio.provenanceMs.dtx).toBe(400);
  });

  it('of telephone events take their numbers and are no loss', async () => {
    const rows = Array.from(
      { length: 100 },
      (_, i) =>
        [
          i,
          Math.min(i, 50) * 960 + Math.max(0, i - 60) * 960,
          i > 50 && i <= 60 ? 4 : 60,
          i > 50 && i <= 60 ? 101 : 111,
        ] as const,
    );
    const { packets } = await replay(traceOf(rows), { speech: SPEECH });
    expect(packets).toMatchObject({ received: 100, lost: 0, discarded: 0 });
  });

  it('that come twice or late hold what the others of their number hold', () => {
    const order = [0, 1, 2, 5, 3, 3, 4, 6, 7, 2];
    const inOrder = packetsOf(
      withSpeech(traceOf([0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i, i * 960, 60])), {}, SPEECH)
        .capture,
    );
    const shuffled = packetsOf(
      withSpeech(traceOf(order.map((i) => [i, i * 960, 60])), {}, SPEECH).capture,
    );
    expect(shuffled.map(({ payload }) => payload)).toEqual(order.map((i) => inOrder[i]?.payload));
  });
});

describe('the speech', () => {
  const trace = () => traceOf(Array.from({ length: 3000 }, (_, i) => [i, i * 960, 60] as const));

  it('goes round when the trace is longer', () => {
    const pcm = SPEECH.pcm.subarray(0, RATE_HZ + 77);
    const { capture } = withSpeech(trace(), {}, { sampleRateHz: RATE_HZ, pcm });
    expect(packetsOf(capture)).toHaveLength(3000);
  });

  it('may have any rate', async () => {
    const pcm = Int16Array.from({ length: 44_100 }, (_, i) => Math.round(9000 * Math.sin(i / 20)));
    const report = await replay(trace(), { speech: { sampleRateHz: 44_100, pcm } });
    expect(report.audio.provenanceMs.received).toBe(60_000);
  });

  it('is a synthetic voice where none is given: sound and pauses, the same every time', async () => {
    const [first, second] = [await run(trace()), await run(trace())];
    expect(first.report.speech?.speech).toBe('synthetic voice');
    expect(first.wavBytes.equals(second.wavBytes)).toBe(true);
    const loud = Array.from({ length: 100 }, (_, i) => {
      const piece = first.pcm.subarray(i * 1600, (i + 1) * 1600);
      return (
        Math.sqrt(piece.reduce((sum, sample) => sum + sample * sample, 0) / piece.length) > 300
      );
    });
    const share = loud.filter(Boolean).length / loud.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.95);
  });

  it('is for headers: a capture with payload refuses it', async () => {
    const whole = readCapture(
      writePcap(talk(SPEECH.pcm.subarray(0, RATE_HZ), { sampleRateHz: RATE_HZ, ssrc: 1 })),
      'x',
    );
    await expect(replay(whole, { speech: SPEECH })).rejects.toThrow(
      /speech is for captures without payload/,
    );
    await expect(
      replay(trace(), { speech: { sampleRateHz: 16_000, pcm: new Int16Array(0) } }),
    ).rejects.toThrow(/hold a sample/);
    await expect(replay(trace(), { speech: { ...SPEECH, fec: 'maybe' as 'on' } })).rejects.toThrow(
      /fec/,
    );
    await expect(replay(trace(), { ssrc: 5 })).rejects.toMatchObject({ code: 'EARSHOT_NO_STREAM' });
  });
});

describe('of several streams', () => {
  const lines = Array.from({ length: 400 }, (_, i) => {
    const frame = Math.floor(i / 8);
    // Eight packets to a picture, and as it begins one of audio.
    return i % 8 === 0
      ? `${frame},${frame * 960},${i * 2500},60,111,7\n${i},${frame * 1800},${i * 2500},1100,96,9`
      : `${i},${frame * 1800},${i * 2500},1100,96,9`;
  });
  const video = (): ReturnType<typeof openCapture> =>
    readCapture(
      Buffer.from(`seq,rtp_ts,arrival_us,payload_len,pt,ssrc\n${lines.join('\n')}\n`),
      'trace.csv',
    );

  it('audio is taken, not the video that has more packets', async () => {
    // As many steps of the timestamps: of equals the first is taken, and here that is the audio.
    expect((await replay(video())).capture.stream).toMatchObject({ ssrc: 7, packets: 50 });
  });

  it('the one that is named is taken', async () => {
    expect((await replay(video(), { ssrc: 9 })).capture.stream).toMatchObject({
      ssrc: 9,
      packets: 400,
    });
  });
});

describe('a hostile trace', () => {
  it('that skips thousands of numbers a packet costs little', async () => {
    const rows = Array.from(
      { length: 200 },
      (_, i) => [(i * 2999) & 0xffff, (i * 2999 * 960) >>> 0, 60] as const,
    );
    const capture = traceOf(rows);
    expect(
      parseRtp([...withSpeech(capture, {}, SPEECH).capture].at(-1)?.data ?? new Uint8Array()),
    ).toBeDefined();
  });

  it('whose numbers run too far apart is refused', async () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => [(i * 3000) & 0xffff, 0, 60] as const);
    await expect(replay(traceOf(rows))).rejects.toMatchObject({ code: 'EARSHOT_LIMIT_REACHED' });
  });
});

describe('traces of real calls', () => {
  it('each give a report in both modes, or a line that says why not', async (ctx) => {
    const folder = join(corpusFolder(ctx), 'timing');
    const files = readdirSync(folder).filter((file) => file.endsWith('.csv'));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      for (const mode of ['recognizer', 'playout'] as const) {
        const capture = openCapture(join(folder, file));
        try {
          const { packets, audio, speech } = await replay(capture, { mode });
          const rows = [...capture].length;
          expect(packets.received + packets.duplicate, file).toBe(rows);
          expect(packets.malformed, file).toBe(0);
          expect(audio.emittedMs, file).toBeGreaterThan(1000);
          expect(speech?.bitrateBps, file).toBeGreaterThanOrEqual(6000);
        } catch (error) {
          if (!(error instanceof EarshotError)) throw error;
          expect(error.message).not.toContain('\n');
        }
      }
    }
  }, 120_000);
});
