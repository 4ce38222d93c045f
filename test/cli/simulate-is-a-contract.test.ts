import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseRtp } from '../../src/index.js';
import { openCapture } from '../../src/replay/index.js';
import { WavWriter } from '../../src/replay/wav.js';
import { NETWORK_NAMES, networkPreset } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { type CliResult, runCli } from '../helpers/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RATE_HZ = 16_000;
const PACKETS = 200;
const speech = join(folder, 'speech.wav');
const writer = new WavWriter(speech, RATE_HZ);
writer.write(0, fixtureCall().pcm.subarray(RATE_HZ, 5 * RATE_HZ));
writer.finish();
writer.complete();

let runs = 0;

/** Simulates into a new file; its path comes with the object that was printed. */
async function simulate(...flags: readonly string[]) {
  const out = join(folder, `${++runs}.pcap`);
  const { code, stdout, stderr } = await runCli([
    'simulate',
    speech,
    '--out',
    out,
    '--json',
    ...flags,
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return { out, report: JSON.parse(stdout), bytes: readFileSync(out) };
}

describe('earshot simulate', () => {
  it('writes a capture that earshot replay plays, and says what the network did', async () => {
    const { out, report } = await simulate('--loss', 'iid:10%', '--seed', '5', '--fec', 'on');
    expect(report).toMatchObject({
      out,
      format: 'pcap',
      input: speech,
      sender: {
        sampleRateHz: RATE_HZ,
        bitrateBps: 24_000,
        frameMs: 20,
        fec: 'on',
        expectedLossPercent: 10,
        dtx: 'off',
      },
      network: { ...networkPreset('clean', 5), loss: { kind: 'iid', ratio: 0.1 } },
      packets: { sent: PACKETS, doubled: 0, overtaken: 0 },
    });
    expect(Object.keys(report.delayMs)).toEqual(['p50', 'p95', 'p99', 'mean', 'max']);
    expect(report.delayMs.max).toBeLessThanOrEqual(22);

    const replayed = JSON.parse((await runCli(['replay', out, '--json'])).stdout);
    expect(replayed.packets.received).toBe(PACKETS - report.packets.lost);
    expect(report.packets.lost).toBeGreaterThan(5);
    expect(replayed.audio.provenanceMs.fec).toBeGreaterThan(0);
  });

  it('two runs of one command write the same bytes; another seed writes others', async () => {
    const flags = ['--network', 'wifi', '--seed', '7', '--red', '1'];
    const [first, second, other] = [
      await simulate(...flags),
      await simulate(...flags),
      await simulate('--network', 'wifi', '--seed', '8', '--red', '1'),
    ];
    expect(first.bytes.equals(second.bytes)).toBe(true);
    expect(first.bytes.equals(other.bytes)).toBe(false);
  });

  it('takes back the network it printed, and gives the same call', async () => {
    const trace = join(folder, 'link.trace');
    writeFileSync(trace, '6\n12\n13\n40\n');
    const { report, bytes } = await simulate(
      ...[
        '--network',
        'lte',
        '--seed',
        '3',
        '--loss',
        'ge:2%,30%,0%,80%',
        '--jitter',
        'corr:20,15,100',
      ],
      ...[
        '--holds',
        '900,20,90',
        '--spikes',
        '2000,100,200,0.5',
        '--steps',
        '1000:50,2000:0',
        '--order',
        'free',
      ],
      ...[
        '--stall',
        '2500:100',
        '--outage',
        '3000:60',
        '--reorder',
        '2%,10,30',
        '--duplicate',
        '3%,4',
      ],
      ...[
        '--drift=-100',
        '--mahimahi',
        trace,
        '--queue',
        '9000',
        '--cross',
        '300,200,200',
        '--delay',
        '12.5',
      ],
    );
    expect(report.network).toEqual({
      seed: 3,
      baseDelayMs: 12.5,
      loss: { kind: 'gilbert-elliott', p: 0.02, q: 0.3, goodLossRatio: 0, badLossRatio: 0.8 },
      jitter: { kind: 'correlated', meanMs: 20, deviationMs: 15, timeConstantMs: 100 },
      order: 'free',
      holds: { meanIntervalMs: 900, minMs: 20, maxMs: 90 },
      spikes: { meanIntervalMs: 2000, minMs: 100, maxMs: 200, fallRatio: 0.5 },
      steps: [
        { atMs: 1000, delayMs: 50 },
        { atMs: 2000, delayMs: 0 },
      ],
      stalls: [{ atMs: 2500, durationMs: 100 }],
      outages: [{ atMs: 3000, durationMs: 60 }],
      reorder: { ratio: 0.02, minMs: 10, maxMs: 30 },
      duplicate: { ratio: 0.03, delayMs: 4 },
      driftPpm: -100,
      link: {
        opportunitiesMs: [6, 12, 13, 40],
        queueBytes: 9000,
        crossTraffic: { rateBps: 300_000, meanBurstMs: 200, meanPauseMs: 200 },
      },
    });
    const settings = join(folder, 'network.json');
    writeFileSync(settings, JSON.stringify(report.network));
    expect((await simulate('--settings', settings)).bytes.equals(bytes)).toBe(true);
  });

  it('none takes a part of a network out', async () => {
    const { report } = await simulate(
      '--network',
      'wifi',
      '--loss',
      'none',
      '--holds',
      'none',
      '--jitter',
      'none',
    );
    expect(report.network).toEqual({ seed: 1, baseDelayMs: 20 });
    expect(report.packets.lost).toBe(0);
    expect(report.delayMs.max).toBe(20);
  });

  it.each(['csv', 'ndjson'])('writes times without voice to .%s', async (suffix) => {
    const out = join(folder, `times.${suffix}`);
    const { code } = await runCli(['simulate', speech, '--out', out, '--network', 'wifi']);
    expect(code).toBe(0);
    const capture = openCapture(out);
    expect(capture.format).toBe(suffix);
    expect(
      [...capture].every(({ payloadBytes = 0, data }) => payloadBytes > 2 && data.length === 12),
    ).toBe(true);

    const { stdout } = await runCli(['replay', out, '--speech', speech]);
    expect(stdout).toContain(`given ${speech} as Opus, 20 ms a packet`);
  });

  it('sends RED, and prints the command that plays it', async () => {
    const out = join(folder, 'red.pcap');
    const { stdout } = await runCli([
      'simulate',
      speech,
      '--out',
      out,
      '--red',
      '2',
      '--loss',
      'burst:10%,2',
    ]);
    expect(stdout).toMatch(/^sender .*ssrc 0x[\dA-F]{8}/m);
    const command = /^replay {4}earshot (.*)$/m.exec(stdout)?.[1]?.split(' ') ?? [];
    expect(command).toContain('63=red/48000/2');
    const { audio, packets } = JSON.parse((await runCli([...command, '--json'])).stdout);
    expect(packets.lost).toBeGreaterThan(5);
    expect(audio.provenanceMs.red).toBeGreaterThan(packets.lost * 20 * 0.6);
  });

  it('speaks a WAV of any rate, in the settings asked for', async () => {
    const wav = join(folder, 'cd.wav');
    const at44 = new WavWriter(wav, 44_100);
    at44.write(
      0,
      Int16Array.from({ length: 44_100 }, (_, i) => Math.round(8000 * Math.sin(i / 15))),
    );
    at44.finish();
    at44.complete();
    const out = join(folder, 'cd.pcap');
    const flags = ['--bitrate', '40000', '--frame-ms', '60', '--dtx', 'on', '--ssrc', '0xABC'];
    const { stdout } = await runCli(['simulate', wav, '--out', out, '--json', ...flags]);
    expect(JSON.parse(stdout).sender).toMatchObject({
      sampleRateHz: 48_000,
      bitrateBps: 40_000,
      frameMs: 60,
      dtx: 'on',
      ssrc: 0xabc,
    });
    const headers = [...openCapture(out)].map(({ data }) => parseRtp(data));
    expect(headers[0]).toMatchObject({ ssrc: 0xabc, payloadType: 111 });
    expect((headers[1]?.timestamp ?? 0) - (headers[0]?.timestamp ?? 0)).toBe(2880);
  });

  it('--list tells of every network and where its numbers come from', async () => {
    const { code, stdout } = await runCli(['simulate', '--list']);
    expect(code).toBe(0);
    for (const name of NETWORK_NAMES)
      expect(stdout).toMatch(new RegExp(`^${name}: .+\\n  - `, 'm'));
    expect(stdout).toContain('3GPP TS 23.203');
  });
});

describe('a captured call', () => {
  it('is sent as its timestamps say: the captured network’s delays are gone, and its losses stay', async () => {
    const bad = await simulate(
      '--network',
      'wifi',
      '--seed',
      '2',
      '--loss',
      'iid:5%',
      '--duplicate',
      '5%,3',
    );
    const out = join(folder, 'again.pcap');
    const { stdout } = await runCli([
      'simulate',
      bad.out,
      '--out',
      out,
      '--json',
      '--jitter',
      'none',
    ]);
    const report = JSON.parse(stdout);
    const { sent, lost, doubled } = bad.report.packets;
    expect(report.sender).toMatchObject({ times: 'ideal', duplicates: doubled });
    expect(report.packets).toMatchObject({ sent: sent - lost, lost: 0 });

    const packets = [...openCapture(out)];
    const [first] = packets;
    for (const { atUs, data } of packets) {
      const ticks =
        (parseRtp(data)?.timestamp ?? 0) - (parseRtp(first?.data ?? data)?.timestamp ?? 0);
      expect(atUs).toBe(Math.round(ticks / 0.048));
    }
  });

  it('--times captured keeps its arrivals, and adds to them', async () => {
    const bad = await simulate('--network', 'wifi', '--seed', '2');
    const out = join(folder, 'added.pcap');
    const { stdout } = await runCli([
      'simulate',
      bad.out,
      '--out',
      out,
      '--json',
      '--times',
      'captured',
      '--jitter',
      'none',
    ]);
    expect(JSON.parse(stdout).sender.times).toBe('captured');
    const times = (path: string): number[] => [...openCapture(path)].map(({ atUs }) => atUs);
    expect(times(out)).toEqual(times(bad.out));
  });
});

describe('broken input ends with code 1, one line, and no file', () => {
  async function fails(input: string, ...flags: readonly string[]): Promise<CliResult> {
    const out = join(folder, 'never.pcap');
    const result = await runCli(['simulate', input, '--out', out, ...flags]);
    expect(result.stdout).toBe('');
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(out)).toBe(false);
    return result;
  }

  it('a WAV that is none, a capture cut short, a file that is not there', async () => {
    const wav = join(folder, 'broken.wav');
    writeFileSync(wav, 'RIFF1234WAVEfmt ');
    expect(await fails(wav)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/broken\.wav, byte \d+: /),
    });

    const cut = join(folder, 'cut.csv');
    writeFileSync(cut, 'seq,rtp_ts,arrival_us\n1,2,3\n1,2\n');
    expect(await fails(cut)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cut\.csv, byte \d+: line 3: /),
    });
    expect(await fails(join(folder, 'nowhere.wav'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such file'),
    });
  });

  it('a trace and settings that are none', async () => {
    const broken = join(folder, 'broken.trace');
    writeFileSync(broken, '5\nsix\n');
    expect(await fails(speech, '--mahimahi', broken)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('broken.trace, line 2: "six"'),
    });
    expect(await fails(speech, '--settings', broken)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not a network'),
    });
    writeFileSync(broken, '{"seed":1,"los":5}');
    expect(await fails(speech, '--settings', broken)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Unknown option los'),
    });
  });

  it('never writes over its own input', async () => {
    const input = await simulate();
    const link = join(folder, 'link.pcap');
    linkSync(input.out, link);
    const { code, stderr } = await runCli(['simulate', input.out, '--out', link]);
    expect(code).toBe(2);
    expect(stderr).toContain('the same file');
    expect(readFileSync(input.out).equals(input.bytes)).toBe(true);
  });
});
