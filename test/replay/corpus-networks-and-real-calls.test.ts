import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EarshotError, type Provenance } from '../../src/index.js';
import { openCapture, replay } from '../../src/replay/index.js';
import {
  decodeInSequence,
  firstDifference,
  type HeardPacket,
  packetsOf,
  replayer,
} from '../helpers/captures.js';
import { corpusFolder } from '../helpers/corpus.js';

const run = replayer();
const LONG_MS = 120_000;
/** 2.5 ms: every frame is a multiple of it. */
const GRID_TICKS = 120;

/** What libwebrtc's NetEQ did with the same packets, and what no receiver could have had. */
interface NetworkCondition {
  readonly loss_floor_pct: number;
}

interface PlayableCapture {
  readonly file: string;
  /** Undefined where RFC 3551 tells. */
  readonly codecs?: Readonly<Record<number, string>>;
  readonly seconds: number;
}

const STEREO_PCMU = { 125: 'PCMU/8000/2' };
/** libwebrtc's captures number their codecs by a private agreement. */
const PLAYABLE: readonly PlayableCapture[] = [
  { file: 'rtptools/bark.rtp', seconds: 0.29 },
  { file: 'webrtc/stereo_pcmu.rtp', codecs: STEREO_PCMU, seconds: 41 },
  { file: 'webrtc/stereo_pcmu_jitter.rtp', codecs: STEREO_PCMU, seconds: 41 },
  { file: 'webrtc/stereo_pcmu_vad_jitter.rtp', codecs: STEREO_PCMU, seconds: 41 },
  { file: 'webrtc/HRTF_pcm16wb_jitter.rtp', codecs: { 125: 'L16/16000/2' }, seconds: 23.5 },
];

describe('simulated networks over one call', () => {
  it(
    'all replay, every frame in its place and none after its deadline',
    async (ctx) => {
      const folder = join(corpusFolder(ctx), 'netsim');
      const files = readdirSync(folder).filter((file) => file.endsWith('.pcap'));
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        const { report, lines } = await run(openCapture(join(folder, file)));
        let ticks = 0;
        for (const { ts, durUs, from, version } of lines) {
          if (version > 0) continue;
          if (ts !== ticks) expect.fail(`${file}: a ${from} frame at ${ts}, ${ticks} expected`);
          ticks = ts + durUs * 0.048;
        }
        expect(report.latencyMs.max, file).toBeLessThanOrEqual(report.deadline.ms);
        expect(report.deadline.misses, file).toBe(0);
        expect(report.packets.discarded, file).toBe(0);
      }
    },
    LONG_MS,
  );

  it(
    'clean: nothing is concealed, nothing waits, and the WAV is what plain decoding gives',
    async (ctx) => {
      const capture = openCapture(join(corpusFolder(ctx), 'netsim', 'clean.pcap'));
      const { report, pcm } = await run(capture);

      expect(report.latencyMs.p50).toBeLessThanOrEqual(1.5);
      expect(report.audio.concealedRatio).toBe(0);
      expect(report.audio.emittedMs).toBe(report.audio.provenanceMs.received);
      expect(firstDifference(pcm, decodeInSequence(capture))).toBe(-1);
    },
    LONG_MS,
  );

  it(
    'after the repairs no more is concealed than never came, nor a copy of it',
    async (ctx) => {
      const folder = join(corpusFolder(ctx), 'netsim');
      const conditions: Readonly<Record<string, NetworkCondition>> = JSON.parse(
        readFileSync(join(folder, 'neteq.json'), 'utf8'),
      );
      for (const [name, { loss_floor_pct }] of Object.entries(conditions)) {
        const { lines } = await run(openCapture(join(folder, `${name}.pcap`)));
        const from: Provenance[] = [];
        for (const line of lines) {
          const cell = line.ts / GRID_TICKS;
          for (let i = 0; i < line.durUs / 2500; i++) from[cell + i] = line.from;
        }
        const concealed = from.filter((one) => one === 'plc').length;
        expect((100 * concealed) / from.length, name).toBeLessThanOrEqual(loss_floor_pct + 0.1);
      }
    },
    LONG_MS,
  );

  it(
    'iid5_fec: concealment is within 0.2 points of what no receiver could have had',
    async (ctx) => {
      const folder = join(corpusFolder(ctx), 'netsim');
      const conditions: Readonly<Record<string, NetworkCondition>> = JSON.parse(
        readFileSync(join(folder, 'neteq.json'), 'utf8'),
      );
      const floor = conditions.iid5_fec?.loss_floor_pct ?? Number.NaN;
      const { audio } = await replay(openCapture(join(folder, 'iid5_fec.pcap')));

      expect(Math.abs(audio.concealedRatio * 100 - floor)).toBeLessThanOrEqual(0.2);
    },
    LONG_MS,
  );

  it(
    'two runs give the same bytes: reordering, bad Wi-Fi, DTX with loss',
    async (ctx) => {
      const folder = join(corpusFolder(ctx), 'netsim');
      for (const name of ['gamma_high_reorder', 'wifi_bad', 'dtx_iid5']) {
        const capture = openCapture(join(folder, `${name}.pcap`));
        const [one, other] = [await run(capture), await run(capture)];
        expect(one.wavBytes.equals(other.wavBytes), name).toBe(true);
        expect(one.frameBytes.equals(other.frameBytes), name).toBe(true);
        expect(other.report, name).toEqual(one.report);
      }
    },
    LONG_MS,
  );
});

describe('real captures', () => {
  it(
    'give a report, or one line that says why not',
    async (ctx) => {
      for (const path of captureFiles(corpusFolder(ctx))) {
        try {
          const report = await replay(openCapture(path));
          expect(report.packets.received, path).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof EarshotError)) throw new Error(path, { cause: error });
          expect(['EARSHOT_BAD_CAPTURE', 'EARSHOT_NO_STREAM'], path).toContain(error.code);
          expect(error.message.startsWith(path), error.message).toBe(true);
          expect(error.message).not.toContain('\n');
        }
      }
    },
    LONG_MS,
  );

  it(
    'of supported codecs are played, whatever their jitter',
    async (ctx) => {
      const folder = join(corpusFolder(ctx), 'captures');
      for (const { file, codecs, seconds } of PLAYABLE) {
        const options = codecs === undefined ? {} : { codecs };
        const { report, lines } = await run(openCapture(join(folder, file)), options);
        let ticks = 0;
        for (const { ts, durUs, version } of lines) {
          if (version > 0) continue;
          expect(ts, file).toBe(ticks);
          ticks = ts + durUs * 0.048;
        }
        const { stream } = report.capture;
        for (const [type, rtpmap] of Object.entries(codecs ?? {})) {
          expect(stream.codecs[Number(type)], file).toBe(rtpmap);
        }
        expect(report.packets.received + report.packets.duplicate, file).toBe(stream.packets);
        expect(report.audio.emittedMs, file).toBeGreaterThan(seconds * 1000);
        // What never came, 2.6 %, and what came after its deadline.
        expect(report.audio.concealedRatio, file).toBeLessThan(0.03);
        expect(report.latencyMs.max, file).toBeLessThanOrEqual(report.deadline.ms);
        const noisy = file.includes('vad');
        expect(report.audio.provenanceMs.cng > 0, file).toBe(noisy);
      }
    },
    LONG_MS,
  );

  it(
    'of supported codecs are heard at a delay that follows their jitter',
    async (ctx) => {
      const folder = join(corpusFolder(ctx), 'captures');
      for (const { file, codecs, seconds } of PLAYABLE) {
        const options = codecs === undefined ? {} : { codecs };
        const { report, pcm } = await run(openCapture(join(folder, file)), {
          ...options,
          mode: 'playout',
        });
        expect(report.audio.emittedMs, file).toBeGreaterThan(seconds * 1000);
        expect(pcm.length, file).toBeGreaterThanOrEqual(report.audio.emittedMs * 16);
        expect(report.audio.concealedRatio, file).toBeLessThan(0.05);
        expect(report.latencyMs.p99, file).toBeLessThan(250);
      }
    },
    LONG_MS,
  );

  it(
    'of G.722, G.729 and GSM are named and refused in one line',
    async (ctx) => {
      const folder = join(corpusFolder(ctx), 'captures');
      for (const [file, name] of [
        ['rtpproxy/dups.a.rtp', 'payload type 18 G729'],
        ['rtpproxy/alice_srtp.pcap', 'payload type 9 G722'],
        // libwebrtc's own number: nothing tells what it is.
        ['webrtc/hrtf_g722_1C_48_jitterT2.rtp', 'payload type 125'],
      ] as const) {
        const failure = await replay(openCapture(join(folder, file))).catch((error) => error);
        expect(failure, file).toMatchObject({ code: 'EARSHOT_NO_STREAM' });
        expect(failure.message, file).toContain(name);
        expect(failure.message, file).not.toContain('\n');
      }
    },
    LONG_MS,
  );

  it(
    'of other codecs run through the engine as if they were Opus, and every packet is accounted for',
    async (ctx) => {
      let replayed = 0;
      for (const path of captureFiles(corpusFolder(ctx))) {
        const packets = readablePackets(path);
        const payloadType = packets[0]?.header.payloadType;
        if (payloadType === undefined) continue;
        const { capture, packets: counts } = await replay(openCapture(path), { payloadType });
        expect(counts.received + counts.duplicate + counts.discarded, path).toBe(
          capture.stream.packets,
        );
        replayed++;
      }
      expect(replayed).toBeGreaterThanOrEqual(5);
    },
    LONG_MS,
  );
});

function captureFiles(folder: string): string[] {
  const files = readdirSync(join(folder, 'captures'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(rtp|pcap)$/.test(file))
    .map((file) => join(folder, 'captures', file));
  expect(files.length).toBeGreaterThan(0);
  return files;
}

/** None where the file is of a format that is not read. */
function readablePackets(path: string): HeardPacket[] {
  try {
    return packetsOf(openCapture(path));
  } catch (error) {
    if (error instanceof EarshotError) return [];
    throw error;
  }
}
