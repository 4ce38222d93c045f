import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCapture, replay, writePcap } from '../../src/replay/index.js';
import type { TimedPacket } from '../../src/simulate/index.js';
import { replayer } from '../helpers/captures.js';
import { linearCall, type PcmCodec, pcmCall } from '../helpers/pcm-call.js';
import { runCli } from '../helpers/run-cli.js';

const run = replayer();
const folder = mkdtempSync(join(tmpdir(), 'earshot-codecs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PCMU: PcmCodec = { rtpmap: 'PCMU/8000', payloadType: 0 };
const PCMA: PcmCodec = { rtpmap: 'PCMA/8000', payloadType: 8 };
const L16: PcmCodec = { rtpmap: 'L16/16000', payloadType: 94 };

function capture(packets: readonly TimedPacket[]): ReturnType<typeof readCapture> {
  return readCapture(writePcap(packets), 'call.pcap');
}

describe('a capture of another codec', () => {
  it.each([PCMU, PCMA])('with a static payload type needs no telling: %j', async (codec) => {
    const { report, lines } = await run(capture(pcmCall(codec, 100)));
    expect(report.capture.stream.codecs).toEqual({ [codec.payloadType]: codec.rtpmap });
    expect(report.packets).toMatchObject({ received: 100, lost: 0, discarded: 0 });
    expect(report.audio.provenanceMs).toMatchObject({ received: 2000, plc: 0 });
    expect(lines).toHaveLength(100);
  });

  it('is heard to the sample when its rate is the one asked for', async () => {
    const codecs = { [L16.payloadType]: L16.rtpmap };
    const { pcm, report } = await run(capture(pcmCall(L16, 100)), { codecs });
    expect(pcm).toEqual(linearCall(L16, 100));
    expect(report.capture.stream).toMatchObject({ payloadType: 94, codecs });
  });

  it('is concealed where it was lost', async () => {
    const packets = pcmCall(PCMU, 100).filter((_, i) => i !== 40);
    const { report, lines } = await run(capture(packets));
    expect(report.audio.provenanceMs).toMatchObject({ received: 1980, plc: 20 });
    expect(lines.find(({ ts }) => ts === 40 * 960)).toMatchObject({ from: 'plc' });
  });

  it('may change its codec', async () => {
    const first = pcmCall(PCMU, 50);
    const second = pcmCall(PCMA, 50, { firstSequenceNumber: 50, startMs: 1000 });
    const { report } = await run(capture([...first, ...second]));
    expect(report.capture.stream.codecs).toEqual({ 0: 'PCMU/8000', 8: 'PCMA/8000' });
    expect(report.audio.provenanceMs.received).toBe(2000);
  });

  it('is played by the command line, which says what was played', async () => {
    const path = join(folder, 'l16.pcap');
    writeFileSync(path, writePcap(pcmCall(L16, 50)));
    const { code, stdout } = await runCli(['replay', path, '--codec', '94=L16/16000']);
    expect(code).toBe(0);
    expect(stdout).toContain('L16/16000 (payload type 94)');

    const refused = await runCli(['replay', path]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('payload type 94, 50 packets');
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('that cannot be played is named in one line', async () => {
    const path = join(folder, 'g729.pcap');
    writeFileSync(path, writePcap(pcmCall({ rtpmap: 'PCMU/8000', payloadType: 18 }, 50)));
    const { code, stderr } = await runCli(['replay', path]);
    expect(code).toBe(1);
    expect(stderr).toContain('payload type 18 G729, 50 packets');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('mode playout', () => {
  const fixture = (name: string): ReturnType<typeof readCapture> =>
    readCapture(readFileSync(join('fixtures/captures', name)), name);

  it('pulls 10 ms every 10 ms, from the first arrival rounded up, and writes what is heard', async () => {
    const packets = pcmCall(PCMU, 100).map(({ atUs, data }) => ({ atUs: atUs + 3_000, data }));
    const { report, lines, pcm } = await run(capture(packets), { mode: 'playout' });

    // The first record is the origin of the capture's clock.
    expect(lines[0]?.atUs).toBe(0);
    for (const [i, { atUs, durUs, version }] of lines.entries()) {
      expect({ atUs, durUs, version }).toEqual({ atUs: 10_000 * i, durUs: 10_000, version: 0 });
    }
    expect(pcm).toHaveLength(lines.length * 480);
    // All of it is heard, at the end too, but for what was taken out of pauses.
    const { provenanceMs, removedMs, insertedMs } = report.audio;
    const heardMs = provenanceMs.received + removedMs - insertedMs;
    expect(Math.abs(heardMs - 2000)).toBeLessThanOrEqual(10);
    expect(report.playout?.concealedMs).toBe(0);
    expect(report.audio.concealedRatio).toBe(0);
  });

  it('reports delay, concealment and stretching of what was heard', async () => {
    const { report, lines } = await run(fixture('spikes.pcap'), { mode: 'playout' });
    const { playout, audio, latencyMs } = report;

    expect(report.config.mode).toBe('playout');
    expect(audio.emittedMs).toBe(playout?.playedMs);
    expect(audio.removedMs).toBe(playout?.removedMs);
    expect(audio.removedMs).toBeGreaterThan(0);
    const heardMs = Object.values(audio.provenanceMs).reduce((sum, ms) => sum + ms, 0);
    expect(Math.abs(heardMs - audio.emittedMs)).toBeLessThanOrEqual(10);
    expect(latencyMs.p50).toBeGreaterThan(0);
    expect(latencyMs.p99).toBeGreaterThanOrEqual(latencyMs.p50);
    expect(lines.length * 10).toBeGreaterThanOrEqual(report.capture.durationMs);
  });

  it('keeps within the delay it was given', async () => {
    const { report } = await run(fixture('clean.pcap'), {
      mode: 'playout',
      minDelayMs: 200,
      maxDelayMs: 300,
    });
    expect(report.latencyMs.p50).toBeGreaterThanOrEqual(199);
    expect(report.latencyMs.max).toBeLessThanOrEqual(300);
  });

  it('gives the same bytes every time', async () => {
    const options = { mode: 'playout' } as const;
    const one = await run(fixture('bursts.pcap'), options);
    const other = await run(fixture('bursts.pcap'), options);
    expect(one.wavBytes.equals(other.wavBytes)).toBe(true);
    expect(one.frameBytes.equals(other.frameBytes)).toBe(true);
    expect(other.report).toEqual(one.report);
  });

  it('refuses a capture that has hardly an end', async () => {
    const day = 23 * 3600 * 1_000_000;
    const packets = pcmCall(PCMU, 3).map(({ data }, i) => ({ atUs: i * day, data }));
    await expect(replay(capture(packets), { mode: 'playout' })).rejects.toMatchObject({
      code: 'EARSHOT_LIMIT_REACHED',
    });
  });

  it('is there on the command line', async () => {
    const { code, stdout } = await runCli([
      'replay',
      'fixtures/captures/loss5-fec.pcap',
      '--mode',
      'playout',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^playout {3}delay \d+\.\d ms on average, aimed at/m);
    expect(stdout).toMatch(/taken out, \d+ ms put in, \d+ ms dropped$/m);
    expect(stdout).not.toMatch(/^deadline/m);
  });
});
