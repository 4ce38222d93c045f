import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writePcap } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { ethernet, ipv4, pcapFile, udp } from '../helpers/capture-bytes.js';
import { legacyEventLog } from '../helpers/event-log-bytes.js';
import { runCli } from '../helpers/run-cli.js';

const FIXTURE = resolve(import.meta.dirname, '../../fixtures/captures/reordered.pcap');
const folder = mkdtempSync(join(tmpdir(), 'earshot-streams-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PACKETS = talk(fixtureCall().pcm.subarray(0, 32_000), { sampleRateHz: 16_000, ssrc: 77 });

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('earshot streams', () => {
  it('prints a table, a row for each stream', async () => {
    const { code, stdout, stderr } = await runCli(['streams', FIXTURE]);
    const [title, columns, row, ...more] = stdout.trimEnd().split('\n');

    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(title).toBe(`${FIXTURE} (pcap): 1 RTP stream`);
    expect(columns).toMatch(/^SSRC +UDP ports +codec +packets +lost +jitter ms +from s +for s/);
    expect(row).toMatch(/^0x[\dA-F]{8} +\d+ > \d+ +111 opus +1667 +0 \(0\.0 %\) +4\.9, max 17\.\d/);
    expect(row).toMatch(/29 duplicates, \d+ late$/);
    expect(more).toEqual([]);
  });

  it('--json prints one object, units in its names, and no address', async () => {
    const { code, stdout } = await runCli(['streams', FIXTURE, '--json']);
    const listing = JSON.parse(stdout);

    expect(code).toBe(0);
    expect(Object.keys(listing)).toEqual(['file', 'format', 'counts', 'streams']);
    expect(listing.streams[0]).toMatchObject({
      payloadTypes: [{ payloadType: 111, packets: 1667, rtpmap: 'opus/48000/2' }],
      packets: 1667,
      lost: 0,
      duplicates: 29,
    });
    expect(stdout).not.toMatch(/\b\d+\.\d+\.\d+\.\d+\b/);
  });

  it('of a folder prints a table for each capture, --json an array', async () => {
    const calls = join(folder, 'calls');
    mkdirSync(calls);
    copyFileSync(FIXTURE, join(calls, 'b.pcap'));
    copyFileSync(FIXTURE, join(calls, 'a.pcap'));
    writeFileSync(join(calls, 'notes.txt'), 'sounded bad');

    const { code, stdout, stderr } = await runCli(['streams', calls]);
    expect(code).toBe(0);
    expect(stdout.match(/^.*1 RTP stream$/gm)).toEqual(
      ['a', 'b'].map((name) => `${join(calls, name)}.pcap (pcap): 1 RTP stream`),
    );
    expect(stderr).toMatch(/^\S*notes\.txt, byte 0: not a capture of a known format: [^\n]+\n$/);

    const outcomes = JSON.parse((await runCli(['streams', calls, '--json'])).stdout);
    expect(outcomes.map((one: object) => Object.keys(one)[1])).toEqual([
      'format',
      'format',
      'error',
    ]);
  });

  it('says what a number of a payload type means when it is told', async () => {
    const path = file('told.pcap', writePcap(PACKETS));
    const { stdout } = await runCli(['streams', path, '--codec', '111=L16/48000']);
    expect(stdout).toContain('111 L16');
  });

  it('lists a log of headers, and says that they tell of timing only', async () => {
    const path = file('call.log', legacyEventLog(PACKETS));
    const { code, stdout, stderr } = await runCli(['streams', path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/111 opus +100 .*headers only$/m);
    expect(stderr).toBe(
      `${path}: 100 packets were captured without their payload: they tell of timing alone\n`,
    );
  });

  it('refuses fragments of IP by name, and says what to do', async () => {
    const fragments = PACKETS.map(({ atUs, data }) => ({
      seconds: Math.floor(atUs / 1e6),
      ticks: atUs % 1e6,
      data: ethernet(ipv4(udp(data), { fragment: 0x2000 })),
    }));
    const path = file('fragments.pcap', pcapFile(fragments));
    const { code, stdout, stderr } = await runCli(['streams', path]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `earshot streams: ${path}: no RTP in its 100 records (left out: 100 ip-fragment). ` +
        'IP fragments are not put together: capture where packets are whole, or have the sender make smaller ones\n',
    );
  });

  it('says when there is no RTP, or a key is none', async () => {
    const nothing = file('nothing.pcap', writePcap([{ atUs: 0, data: Buffer.from('hello') }]));
    expect(await runCli(['streams', nothing])).toMatchObject({
      code: 1,
      stderr: `earshot streams: ${nothing}: no RTP in its 1 records\n`,
    });
    const { code, stderr } = await runCli(['streams', FIXTURE, '--srtp-key', 'c2hvcnQ=']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^earshot streams: An SRTP key is the master key and salt [^\n]+\n$/);
    expect(stderr).not.toContain('c2hvcnQ=');
  });
});
