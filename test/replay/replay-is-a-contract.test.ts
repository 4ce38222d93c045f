import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROVENANCES } from '../../src/index.js';
import { type FrameLine, readCapture, replay, writePcap } from '../../src/replay/index.js';
import {
  decodeInSequence,
  firstDifference,
  fixtureCapture,
  packetsOf,
  replayer,
} from '../helpers/captures.js';

const run = replayer();
const FILES = [
  'clean.pcap',
  'loss5-fec.pcap',
  'bursts.pcap',
  'reordered.pcap',
  'spikes.pcap',
  'dtx.pcap',
  'frames10.pcap',
  'frames60.pcap',
  'short.pcapng',
  'short.rtpdump',
];
const TICKS_PER_SAMPLE = 3; // 48 kHz to 16 kHz

describe.each(FILES)('a replay of %s', (file) => {
  const capture = fixtureCapture(file);

  it('hands out frames in the order of time that follow one another without gap or overlap', async () => {
    const { lines } = await run(capture);
    let atUs = 0;
    let ticks = 0;
    for (const line of lines) {
      const durationTicks = (line.durUs * 48) / 1000;
      expect(line.atUs).toBeGreaterThanOrEqual(atUs);
      atUs = line.atUs;
      if (line.version > 0) {
        expect(line.ts + durationTicks).toBeLessThanOrEqual(ticks);
        continue;
      }
      expect(line.ts).toBe(ticks);
      ticks += durationTicks;
    }
    // Every sequence crosses the wrap of numbers and timestamps, and ends with its last packet.
    const last = Math.max(...packetsOf(capture).map(({ mediaTicks }) => mediaTicks));
    expect(lines.at(-1)?.ts).toBe(last);
  });

  it('puts every packet at its own media position, and not before it came', async () => {
    const { lines } = await run(capture);
    const arrivalsUs = new Map<number, number>();
    for (const { mediaTicks, atUs } of packetsOf(capture)) {
      if (!arrivalsUs.has(mediaTicks)) arrivalsUs.set(mediaTicks, atUs);
    }
    const received = lines.filter(({ from }) => from === 'received');

    expect(received.length).toBeGreaterThan(100);
    for (const { ts, atUs } of received) {
      expect(atUs, `position ${ts}`).toBeGreaterThanOrEqual(arrivalsUs.get(ts) ?? Number.NaN);
    }
  });

  it('writes a WAV that has a sample for every position', async () => {
    const { lines, pcm, report } = await run(capture);
    const end = lines.reduce((latest, { ts, durUs }) => Math.max(latest, ts + durUs * 0.048), 0);
    expect(pcm.length).toBe(end / TICKS_PER_SAMPLE);
    expect(report.audio.emittedMs).toBe(end / 48);
  });

  it('reports what its frames say', async () => {
    const { lines, report } = await run(capture);
    const sumMs = (some: readonly FrameLine[]): number =>
      some.reduce((sum, { durUs }) => sum + durUs / 1000, 0);
    const first = lines.filter(({ version }) => version === 0);
    const repairs = lines.filter(({ version }) => version > 0);

    for (const from of PROVENANCES) {
      const those = first.filter((line) => line.from === from);
      expect(report.audio.provenanceMs[from]).toBe(sumMs(those));
    }
    expect(report.repairs).toMatchObject({ frames: repairs.length, repairedMs: sumMs(repairs) });
    for (const from of PROVENANCES) {
      expect(report.recovery[from].ms).toBe(report.audio.provenanceMs[from]);
    }
    const { plc } = report.audio.provenanceMs;
    expect(report.audio.concealedRatio).toBeCloseTo(plc / report.audio.emittedMs, 12);
    expect(report.latencyMs.max).toBeLessThanOrEqual(report.deadline.ms);
    expect(report.deadline).toEqual({ ms: 150, misses: 0 });
  });

  it('gives the same bytes again', async () => {
    const [one, other] = [await run(capture), await run(fixtureCapture(file))];
    expect(one.wavBytes.equals(other.wavBytes)).toBe(true);
    expect(one.frameBytes.equals(other.frameBytes)).toBe(true);
    expect(JSON.stringify(one.report)).toBe(JSON.stringify(other.report));
  });
});

describe('a call whose packets all came, some much too late', () => {
  it('is repaired to what plain sequential decoding gives, sample for sample', async () => {
    const capture = fixtureCapture('spikes.pcap');
    const { pcm, report } = await run(capture);

    expect(report.packets.late).toBeGreaterThan(10);
    expect(report.audio.provenanceMs.plc).toBeGreaterThan(200);
    // Every run of frames handed out again counts once.
    expect(report.repairs.count).toBeGreaterThan(3);
    expect(report.repairs.frames).toBeGreaterThan(report.repairs.count);
    expect(report.recovery.plc.repairedMs).toBe(report.recovery.plc.ms);
    expect(firstDifference(pcm, decodeInSequence(capture, 16_000))).toBe(-1);
  });
});

describe('a clean call', () => {
  it.each([8000, 12_000, 16_000, 24_000, 48_000])(
    'comes out as plain sequential decoding gives it, sample for sample, at %d Hz',
    async (sampleRateHz) => {
      const capture = fixtureCapture('clean.pcap');
      const { pcm, report } = await run(capture, { sampleRateHz });

      expect(firstDifference(pcm, decodeInSequence(capture, sampleRateHz))).toBe(-1);
      expect(report.config.sampleRateHz).toBe(sampleRateHz);
    },
  );

  it.each(['reordered.pcap', 'clean.pcap'])(
    'loses nothing by reordering and duplicates: %s',
    async (file) => {
      const { report, lines } = await run(fixtureCapture(file));
      expect(report.packets).toMatchObject({ lost: 0, late: 0, received: 1638 });
      expect(new Set(lines.map(({ from }) => from))).toEqual(new Set(['received']));
    },
  );

  it('is the same in every format, as far as the format’s clock goes', async () => {
    const pcm = (await run(fixtureCapture('clean.pcap'))).pcm.subarray(0, 12 * 16_000);
    for (const file of ['short.pcapng', 'short.rtpdump']) {
      expect(firstDifference((await run(fixtureCapture(file))).pcm, pcm)).toBe(-1);
    }
  });

  it('is handed out as fast as the network brought it', async () => {
    const { report } = await run(fixtureCapture('clean.pcap'));
    // The jitter is spread evenly over 0..2 ms.
    expect(report.latencyMs.p50).toBeGreaterThan(0.8);
    expect(report.latencyMs.p50).toBeLessThan(1.2);
    expect(report.latencyMs.max).toBeLessThanOrEqual(2.001);
  });

  it('sounds as decoded up to its first loss', async () => {
    const capture = fixtureCapture('loss5-fec.pcap');
    const { pcm, lines } = await run(capture);
    const hole = lines.find(({ from }) => from !== 'received');
    const samples = (hole?.ts ?? 0) / TICKS_PER_SAMPLE;

    expect(samples).toBeGreaterThan(0);
    const truth = decodeInSequence(fixtureCapture('clean.pcap')).subarray(0, samples);
    expect(firstDifference(pcm.subarray(0, samples), truth)).toBe(-1);
  });
});

describe('the report', () => {
  it('has every part that the contract names, and no cost without a stopwatch', async () => {
    const { report } = await run(fixtureCapture('loss5-fec.pcap'));
    expect(Object.keys(report)).toEqual([
      'capture',
      'config',
      'packets',
      'audio',
      'latencyMs',
      'ledger',
      'deadline',
      'repairs',
      'recovery',
      'interruptions',
      'network',
      'quality',
      'webrtcStats',
      'versions',
    ]);
    expect(Object.keys(report.packets)).toEqual(
      expect.arrayContaining(['received', 'lost', 'duplicate', 'reordered', 'late', 'discarded']),
    );
    expect(Object.keys(report.audio)).toEqual([
      'emittedMs',
      'provenanceMs',
      'concealedRatio',
      'concealmentEvents',
      'insertedMs',
      'removedMs',
    ]);
    expect(Object.keys(report.audio.provenanceMs)).toEqual(PROVENANCES);
    expect(Object.keys(report.latencyMs)).toEqual(['mean', 'p50', 'p95', 'p99', 'max']);
    expect(report.repairs).toEqual({ count: 0, frames: 0, repairedMs: 0 });
    expect(Object.keys(report.network)).toEqual([
      'packetMs',
      'delayMs',
      'jitter',
      'driftPpm',
      'untracedPackets',
      'restarts',
      'pathShiftCount',
      'pathShifts',
      'delaySpikes',
      'burstGap',
      'gilbert',
    ]);
    expect(report.ledger.map(({ stage }) => stage)).toEqual(['network', 'engine', 'total']);
    expect(report.ledger.at(-1)?.ms).toEqual(report.latencyMs);
    expect(report.webrtcStats).toMatchObject({ packetsReceived: 1551, packetsLost: 87 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('tells the network as its counters and its fixture do', async () => {
    const { report } = await run(fixtureCapture('loss5-fec.pcap'));
    const { network, packets } = report;
    expect(network.packetMs).toBe(20);
    expect(network.burstGap.lossRatio).toBeCloseTo(87 / (1551 + 87), 6);
    expect(network.burstGap.discardRatio).toBe(0);
    expect(network.gilbert.meanLossRunPackets).toBeGreaterThanOrEqual(1);
    expect(network.jitter.lastMs).toBeCloseTo(report.webrtcStats.jitter * 1000, 1);
    expect(Math.abs(network.driftPpm)).toBeLessThan(20);
    expect(packets.lost).toBe(87);

    const spikes = (await run(fixtureCapture('spikes.pcap'))).report;
    const sent = spikes.packets.received + spikes.packets.lost;
    expect(spikes.network.burstGap.discardRatio).toBeCloseTo(spikes.packets.late / sent, 2);
    expect(spikes.network.delaySpikes.count).toBeGreaterThan(0);
  });

  it('names what made it, by hashes of the bytes', async () => {
    const { versions } = (await run(fixtureCapture('clean.pcap'))).report;
    const bytes = readFileSync(join(import.meta.dirname, '../../fixtures/captures/clean.pcap'));
    expect(versions.captureSha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(readCapture(bytes, 'clean').sha256()).toBe(versions.captureSha256);
    expect(versions.engineSha256).toMatch(/^[\da-f]{64}$/);
    expect(versions.libopus).toMatch(/^libopus \d/);
  });

  it('counts the cost by the stopwatch, what is done with the frames left out', async () => {
    let nowNs = 0;
    const { report } = await run(fixtureCapture('short.pcapng'), {
      stopwatch: () => (nowNs += 1000),
      onFrame: () => {
        nowNs += 1e9;
      },
    });
    // 600 pushes and 600 polls of two readings each, and two readings more around a frame, for 1200 times 10 ms.
    expect(report.cost?.nsPer10ms).toBeGreaterThan(500);
    expect(report.cost?.nsPer10ms).toBeLessThan(3000);
  });
});

describe('options', () => {
  const capture = fixtureCapture('short.pcapng');

  it.each([
    [{ mode: 'both' }, 'EARSHOT_BAD_OPTION', /mode to be one of recognizer, playout, got "?both/],
    [{ codecs: { 96: 'G722/8000' } }, 'EARSHOT_BAD_OPTION', /codecs\[96\].*G722 is not supported/],
    [{ payloadType: 96, codecs: { 97: 'L16/8000' } }, 'EARSHOT_BAD_OPTION', /not both/],
    [{ deadlineMs: 1001 }, 'EARSHOT_BAD_OPTION', /deadlineMs .* 0\.\.1000, got 1001/],
    [{ sampleRateHz: 44_100 }, 'EARSHOT_BAD_OPTION', /sampleRateHz .* 48000, got 44100/],
    [{ ssrc: 0.5, payloadType: -1 }, 'EARSHOT_BAD_OPTION', /payloadType/],
    [{ dedline: 5 }, 'EARSHOT_BAD_OPTION', /Unknown option dedline of replay/],
    [
      { ssrc: 1 },
      'EARSHOT_NO_STREAM',
      /no stream that can be played with ssrc 0x00000001\. It holds ssrc 0x0EA45407/,
    ],
  ])('%j are refused before anything is written', async (options, code, message) => {
    await expect(
      replay(capture, { ...options, wavPath: '/nowhere/a.wav' } as object),
    ).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('a deadline of 0 waits for nothing', async () => {
    const { report } = await run(fixtureCapture('reordered.pcap'), { deadlineMs: 0 });
    expect(report.latencyMs.p99).toBeLessThanOrEqual(3);
    expect(report.packets.late).toBeGreaterThan(0);
  });

  it('a signal ends it with its reason', async () => {
    const reason = new Error('enough');
    await expect(replay(capture, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('a capture in memory needs no file', async () => {
    const packets = packetsOf(capture).length;
    const datagrams = [...capture].map(({ atUs, data }) => ({ atUs, data: data.slice() }));
    const report = await replay(readCapture(writePcap(datagrams), 'memory'));
    expect(report).toMatchObject({ capture: { file: 'memory' }, packets: { received: packets } });
  });
});
