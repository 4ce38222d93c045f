import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writePcap } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { runCli } from '../helpers/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RATE_HZ = 16_000;
const SECONDS = 2;
const LOST = [30, 31, 58];

/** Two seconds of speech, a packet every 20 ms, a hole of two and one of one that the next packet's copy fills. */
function makeCapture(): string {
  const { pcm, prompts } = fixtureCall();
  const start = ((prompts[0]?.startMs ?? 0) * RATE_HZ) / 1000;
  const packets = talk(pcm.subarray(start, start + SECONDS * RATE_HZ), {
    sampleRateHz: RATE_HZ,
    fec: 'on',
    ssrc: 0xabcdef,
    firstSequenceNumber: 7,
  });
  const path = join(folder, 'call.pcap');
  writeFileSync(path, writePcap(packets.filter((_, index) => !LOST.includes(index))));
  return path;
}

const capture = makeCapture();

describe('earshot replay', () => {
  it('--max-delay-ms bounds what a listener waits for', async () => {
    const spikes = 'fixtures/captures/spikes.pcap';
    const meanDelayMs = async (...flags: readonly string[]): Promise<number> => {
      const words = ['replay', spikes, '--mode', 'playout', '--json', ...flags];
      return JSON.parse((await runCli(words)).stdout).playout.meanDelayMs;
    };
    const [free, bounded] = await Promise.all([meanDelayMs(), meanDelayMs('--max-delay-ms', '60')]);

    expect(bounded).toBeLessThan(60);
    expect(bounded).toBeLessThan(free);
  });

  it('--json prints one object with every part of the report', async () => {
    const { code, stdout, stderr } = await runCli(['replay', capture, '--json']);
    const report = JSON.parse(stdout);

    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const [part, names] of Object.entries({
      capture: [],
      config: [],
      packets: ['received', 'lost', 'duplicate', 'reordered', 'late', 'discarded'],
      audio: [
        'emittedMs',
        'provenanceMs',
        'concealedRatio',
        'concealmentEvents',
        'insertedMs',
        'removedMs',
      ],
      latencyMs: ['mean', 'p50', 'p95', 'p99', 'max'],
      deadline: ['ms', 'misses'],
      repairs: ['count', 'frames', 'repairedMs'],
      recovery: ['received', 'plc'],
      interruptions: ['count', 'totalMs', 'longestConcealmentMs'],
      network: ['delayMs', 'jitter', 'driftPpm', 'burstGap', 'gilbert'],
      quality: ['r', 'mos', 'inputs', 'assumed'],
      versions: ['earshot', 'libopus', 'captureSha256', 'engineSha256'],
      webrtcStats: [],
      cost: ['nsPer10ms'],
    })) {
      expect(report).toHaveProperty(part);
      for (const name of names) expect(report[part]).toHaveProperty(name);
    }
    expect(report.packets).toMatchObject({ received: 97, lost: 3, duplicate: 0 });
    expect(report.deadline.ms).toBe(150);
    expect(report.cost.nsPer10ms).toBeGreaterThan(0);
  });

  it('two runs give the same bytes, but for cost', async () => {
    const run = async (name: string): Promise<readonly unknown[]> => {
      const [wav, frames] = [join(folder, `${name}.wav`), join(folder, `${name}.ndjson`)];
      const { stdout } = await runCli([
        'replay',
        capture,
        '--json',
        '--wav',
        wav,
        '--frames',
        frames,
      ]);
      const { cost, ...report } = JSON.parse(stdout);
      expect(cost).toBeDefined();
      return [report, readFileSync(wav).toString('hex'), readFileSync(frames, 'utf8')];
    };
    expect(await run('first')).toEqual(await run('second'));
  });

  it('--wav has a sample for every media position, at the rate asked for', async () => {
    const wav = join(folder, 'eight.wav');
    const { code } = await runCli(['replay', capture, '--wav', wav, '--sample-rate', '8000']);
    const bytes = readFileSync(wav);

    expect(code).toBe(0);
    expect(bytes.readUInt32LE(24)).toBe(8000);
    expect(bytes.readUInt16LE(22)).toBe(1);
    // Two seconds, 16 bit.
    expect(bytes.readUInt32LE(40)).toBeGreaterThanOrEqual(SECONDS * 8000 * 2);
  });

  it('--frames has a line per frame, its times on the capture clock and its ticks from the first packet', async () => {
    const path = join(folder, 'frames.ndjson');
    await runCli(['replay', capture, '--frames', path]);
    const frames = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

    expect(Object.keys(frames[0])).toEqual(['atUs', 'ts', 'durUs', 'from', 'version']);
    expect(frames[0]).toMatchObject({ ts: 0, durUs: 20_000, from: 'received', version: 0 });
    const real = frames.filter(({ from }) => from === 'received');
    expect(real).toHaveLength(97);
    expect(frames.find(({ ts }) => ts === 58 * 960)).toMatchObject({ from: 'fec' });
  });

  it('--ssrc takes what a capture viewer shows, and says which streams there are when it is not there', async () => {
    expect((await runCli(['replay', capture, '--ssrc', '0xABCDEF', '--json'])).code).toBe(0);

    const { code, stdout, stderr } = await runCli(['replay', capture, '--ssrc', '5']);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('ssrc 0x00ABCDEF');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('prints a summary for people without --json', async () => {
    const { stdout } = await runCli(['replay', capture]);
    // As `earshot streams` and Wireshark have it.
    expect(stdout).toMatch(/ s, SSRC 0x[\dA-F]{8}, opus/);
    expect(stdout).toContain('received 97  lost 3');
    expect(stdout).toMatch(/^audio .*received \d+\.\d\d %, fec /m);
    expect(stdout).toMatch(/^latency .*p50/m);
  });
});

describe('broken input ends with code 1, the file and the offset on one line, and nothing else', () => {
  const bytes = readFileSync(capture);
  const broken: readonly (readonly [string, Buffer])[] = [
    ['empty', Buffer.alloc(0)],
    ['cut-in-the-header', bytes.subarray(0, 10)],
    ['cut-in-the-first-record', bytes.subarray(0, 100)],
    ['not-a-capture', Buffer.from('RIFF is not a capture at all, it is a sound')],
    [
      'absurd-length',
      Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(8, 0xff), bytes.subarray(40)]),
    ],
  ];

  it.each(broken)('%s', async (name, content) => {
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, content);
    const { code, stdout, stderr } = await runCli(['replay', path, '--json']);

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`^earshot replay: .*${name}\\.pcap, byte \\d+: .+\\n$`));
  });

  it('a file that is not there', async () => {
    const { code, stderr } = await runCli(['replay', join(folder, 'nowhere.pcap')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/nowhere\.pcap.*no such file/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a capture that is cut inside a record', () => {
  it('is replayed up to there, and a line on stderr says where', async () => {
    const path = join(folder, 'cut.pcap');
    writeFileSync(path, readFileSync(capture).subarray(0, 5000));
    const { code, stdout, stderr } = await runCli(['replay', path, '--json']);

    expect(code).toBe(0);
    const { capture: read, packets } = JSON.parse(stdout);
    expect(read.truncatedAtOffset).toBeLessThan(5000);
    expect(packets.received).toBe(read.records);
    expect(stderr).toBe(
      `${path}: cut inside a record at byte ${read.truncatedAtOffset}; the ${read.records} records before it were read\n`,
    );
  });
});

describe('a folder', () => {
  const captures = join(folder, 'captures');
  mkdirSync(join(captures, 'older'), { recursive: true });
  for (const name of ['b.pcap', 'a.pcap', 'older/c.pcap'])
    copyFileSync(capture, join(captures, name));
  writeFileSync(join(captures, 'notes.txt'), 'call of Monday, sounded bad');
  writeFileSync(join(captures, 'damaged.pcap'), readFileSync(capture).subarray(0, 30));
  writeFileSync(join(captures, '.hidden.pcap'), 'hidden');

  it('is replayed file by file: a line each, and a reason for what is no capture', async () => {
    const { code, stdout, stderr } = await runCli(['replay', captures]);

    expect(code).toBe(0);
    const files = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(': ')[0]);
    expect(files).toEqual(['a.pcap', 'b.pcap', 'older/c.pcap'].map((name) => join(captures, name)));
    expect(stdout).toMatch(/received 97 {2}lost 3 {2}concealed \d/);
    const reasons = stderr.trimEnd().split('\n');
    expect(reasons).toHaveLength(3);
    expect(reasons[0]).toMatch(/\.hidden\.pcap: hidden/);
    expect(reasons[1]).toMatch(/damaged\.pcap, byte 24: a record header needs 16 bytes/);
    expect(reasons[2]).toMatch(/notes\.txt, byte 0: not a capture of a known format/);
  });

  it('--json is an array of reports and reasons', async () => {
    const { stdout } = await runCli(['replay', captures, '--json']);
    const outcomes = JSON.parse(stdout);
    expect(outcomes).toHaveLength(6);
    expect(outcomes[1].packets.received).toBe(97);
    expect(outcomes[3].error).toContain('damaged.pcap, byte 24');
  });

  it('without a capture that can be replayed ends with code 1', async () => {
    const empty = join(folder, 'nothing');
    mkdirSync(empty);
    writeFileSync(join(empty, 'notes.txt'), 'nothing');
    const { code, stdout, stderr } = await runCli(['replay', empty]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('notes.txt');
  });
});
