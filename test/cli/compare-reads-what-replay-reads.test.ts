import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { csvTraceParts, ndjsonTraceParts } from '../../src/capture/timing-trace-writer.js';
import type { Comparison } from '../../src/compare/compare.js';
import { type ReplayReport, writePcap } from '../../src/replay/index.js';
import { talk, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { rtpdumpFile } from '../helpers/capture-bytes.js';
import { runCli } from '../helpers/run-cli.js';
import { AEAD_AES_128_GCM, encrypt, masterKey } from '../helpers/srtp.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-compare-reads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SPEECH = join(import.meta.dirname, '../../fixtures/speech/call.wav');
const RTP_HEADER_BYTES = 12;
const sent = talk(fixtureCall().pcm.subarray(0, 4 * 16_000), {
  sampleRateHz: 16_000,
  fec: 'on',
  ssrc: 9,
});
const NETWORK = {
  seed: 6,
  loss: { kind: 'iid', ratio: 0.05 },
  jitter: { kind: 'gamma', meanMs: 8, deviationMs: 8 },
} as const;
const arrived = throughNetwork(sent, NETWORK);
const key = masterKey(AEAD_AES_128_GCM);

const FILES = {
  'plain.pcap': writePcap(arrived),
  // What is lost was encrypted all the same.
  'srtp.pcap': writePcap(throughNetwork(encrypt(sent, key, AEAD_AES_128_GCM), NETWORK)),
  // The other direction is the longer one.
  'two-way.pcap': writePcap(
    [
      ...arrived,
      ...talk(fixtureCall().pcm.subarray(0, 5 * 16_000), { sampleRateHz: 16_000, ssrc: 8 }),
    ].sort((a, b) => a.atUs - b.atUs),
  ),
  'trace.csv': [...csvTraceParts(arrived)].join(''),
  'trace.ndjson': [...ndjsonTraceParts(arrived)].join(''),
  'clipped.rtpdump': rtpdumpFile(
    arrived.map(({ atUs, data }, index) => ({
      atMs: Math.floor(atUs / 1000),
      data: index % 10 === 0 ? data.subarray(0, RTP_HEADER_BYTES) : data,
      packetBytes: data.length,
    })),
  ),
} as const;
type FileName = keyof typeof FILES;

function pathOf(name: FileName): string {
  const path = join(folder, name);
  writeFileSync(path, FILES[name]);
  return path;
}

describe('earshot compare', () => {
  const withKey = ['--srtp-key', key.toString('base64')];
  it.each<[FileName, readonly string[]]>([
    ['plain.pcap', []],
    ['srtp.pcap', withKey],
    ['srtp.pcap', [...withKey, '--srtp-suite', AEAD_AES_128_GCM]],
    ['trace.csv', []],
    ['trace.csv', ['--speech', SPEECH, '--speech-fec', 'on']],
    ['trace.ndjson', ['--speech-fec', 'on']],
    ['clipped.rtpdump', []],
    ['two-way.pcap', ['--ssrc', '9']],
  ])('plays %s as earshot replay does, with the same flags: %j', async (name, flags) => {
    const words = [pathOf(name), '--mode', 'recognizer', '--json', ...flags];
    const [compared, replayed] = await Promise.all([
      runCli(['compare', ...words]),
      runCli(['replay', ...words]),
    ]);
    const { rows, failures }: Comparison = JSON.parse(compared.stdout);
    const { packets, audio }: ReplayReport = JSON.parse(replayed.stdout);

    expect(failures).toEqual([]);
    expect(rows[0]?.packets).toMatchObject({
      received: packets.received,
      lost: packets.lost,
      late: packets.late,
    });
    expect(packets.received).toBeGreaterThan(100);
    expect(rows[0]?.concealmentEvents).toBe(audio.concealmentEvents);
    expect(rows[0]?.repairedConcealedRatio).toBeCloseTo(audio.concealedRatio, 4);
  });

  it('takes the stream with the most packets where none is named', async () => {
    const words = ['compare', pathOf('two-way.pcap'), '--mode', 'recognizer', '--json'];
    const { rows }: Comparison = JSON.parse((await runCli(words)).stdout);

    expect(rows[0]?.packets).toMatchObject({ received: 250, lost: 0 });
  });

  it('gives speech with copies to a trace when it is asked to', async () => {
    const trace = pathOf('trace.csv');
    const concealed = async (...flags: readonly string[]): Promise<number | undefined> => {
      const words = ['compare', trace, '--mode', 'recognizer', '--json', ...flags];
      const { rows }: Comparison = JSON.parse((await runCli(words)).stdout);
      return rows[0]?.concealedRatio;
    };
    const [without, withCopies] = await Promise.all([
      concealed('--speech', SPEECH),
      concealed('--speech', SPEECH, '--speech-fec', 'on'),
    ]);

    expect(withCopies).toBeLessThan(without ?? 0);
  });

  it.each<[FileName, readonly string[], number, RegExp]>([
    ['srtp.pcap', ['--srtp-key', 'c2hvcnQ='], 2, /An SRTP key is the master key and salt/],
    ['srtp.pcap', ['--srtp-suite', AEAD_AES_128_GCM], 2, /--srtp-suite needs a --srtp-key/],
    ['trace.csv', ['--speech-fec', 'maybe'], 2, /--speech-fec takes on or off/],
    ['srtp.pcap', [], 1, /This is SRTP: give its key by --srtp-key/],
    ['plain.pcap', ['--speech', SPEECH], 1, /plain\.pcap holds what was said/],
  ])('says of %s with %j what is wrong', async (name, flags, exitCode, says) => {
    const words = ['compare', pathOf(name), '--csv', ...flags];
    const { code, stderr } = await runCli(words);

    expect(stderr).toMatch(says);
    expect(code).toBe(exitCode);
  });

  it('takes no speech for a WAV, which is what is said', async () => {
    const words = ['compare', SPEECH, '--network', 'clean', '--speech', SPEECH, '--csv'];
    const { code, stderr } = await runCli(words);

    expect(stderr).toMatch(/call\.wav is what is said/);
    expect(code).toBe(1);
  });
});
