import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_CAPTURE_MEMORY_BYTES } from '../../src/capture/capture.js';
import { buildRtp } from '../../src/index.js';
import {
  ethernet,
  interfaceBlock,
  ipv4,
  pcapFile,
  sectionHeader,
  u32,
  udp,
} from '../helpers/capture-bytes.js';
import { rtpdumpText } from '../helpers/recording-bytes.js';
import { MAIN } from '../helpers/run-cli.js';

const GIBIBYTE = 2 ** 30;
const PCAP_HEADER_BYTES = 24;
const LONG_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'earshot-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RTP = buildRtp(
  { payloadType: 111, sequenceNumber: 1, timestamp: 1, ssrc: 1 },
  Buffer.alloc(60),
);
const FRAME = ethernet(ipv4(udp(RTP)));

/** A file of that length whose holes take no room on the disk. */
function sparse(
  name: string,
  bytes: number,
  pieces: Iterable<readonly [number, Uint8Array]>,
): string {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  for (const [at, piece] of pieces) writeSync(file, piece, 0, piece.length, at);
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

/** What is done to a capture: statements about `capture`, whose last value is what is said of it. */
const TASKS = {
  list: `
    const { streams, counts } = listStreams(capture);
    return streams.length + ' streams, ' + counts.records + ' records, cut at ' + counts.truncatedAtOffset;`,
  'read twice': `
    let packets = 0;
    for (const pass of [1, 2]) for (const packet of capture.packets()) packets += packet.header.ssrc >= 0 ? 1 : 0;
    return packets + ' packets in both passes';`,
} as const;

/** Does it in a process of its own, which nothing else has filled before. */
function run(
  task: keyof typeof TASKS,
  path: string,
): { readonly said: string; readonly peakBytes: number } {
  const index = pathToFileURL(join(MAIN, '../../replay/index.js')).href;
  const script = `
    import { listStreams, openCapture } from ${JSON.stringify(index)};
    const task = (capture) => { ${TASKS[task]} };
    let said;
    try {
      said = task(openCapture(process.argv[1]));
    } catch (error) {
      said = error.code + ': ' + error.message;
    }
    console.log(JSON.stringify({ said, peakBytes: process.resourceUsage().maxRSS * 1024 }));
  `;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, path],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** What the process takes for a capture of one packet. */
const smallBytes = run(
  'list',
  sparse('small.pcap', 24 + 16 + FRAME.length, [
    [0, pcapFile([{ seconds: 0, ticks: 0, data: FRAME }])],
  ]),
).peakBytes;

/** A pcapng whose every block is a MiB of which a packet fills the first bytes. */
function* hugeBlocks(count: number): Generator<readonly [number, Uint8Array]> {
  const start = Buffer.concat([sectionHeader('little'), interfaceBlock('little', 1)]);
  yield [0, start];
  const blockBytes = 1 << 20;
  const length = u32(blockBytes, 'little');
  const head = [u32(6, 'little'), length, u32(0), u32(0), u32(0)];
  const sizes = [u32(FRAME.length, 'little'), u32(FRAME.length, 'little')];
  for (let index = 0; index < count; index++) {
    const at = start.length + index * blockBytes;
    yield [at, Buffer.concat([...head, ...sizes, FRAME])];
    yield [at + blockBytes - 4, length];
  }
}

describe('a hostile capture takes no more memory than is declared', () => {
  it.each<readonly [string, () => string, RegExp]>([
    [
      '4 GiB of zeros behind a packet',
      () =>
        sparse('zeros.pcap', 4 * GIBIBYTE, [
          [0, pcapFile([{ seconds: 0, ticks: 0, data: FRAME }])],
        ]),
      /^1 streams, 1 records, cut at \d+$/,
    ],
    [
      'a record that claims 4 GiB, and has them',
      () =>
        sparse('claim.pcap', 5 * GIBIBYTE, [
          [0, pcapFile([{ seconds: 0, ticks: 0, data: FRAME }])],
          [
            24 + 16 + FRAME.length,
            Buffer.concat([u32(0), u32(0), u32(0xffffffff), u32(0xffffffff)]),
          ],
        ]),
      /EARSHOT_BAD_CAPTURE: .*byte \d+: a record claims 4294967295 bytes/,
    ],
    [
      'more blocks of a MiB than wait for their place, a packet in each',
      () => sparse('blocks.pcapng', 1200 * 2 ** 20 + 48, hugeBlocks(1200)),
      /^1 streams, 1200 records/,
    ],
    [
      'fifty thousand streams of a packet each',
      () => {
        const frames = Array.from({ length: 50_000 }, (_, ssrc) => {
          const header = { payloadType: 111, sequenceNumber: 1, timestamp: 1, ssrc };
          const data = ethernet(ipv4(udp(buildRtp(header, Buffer.alloc(60)))));
          return { seconds: 0, ticks: ssrc, data };
        });
        const bytes = pcapFile(frames);
        return sparse('streams.pcap', bytes.length, [[0, bytes]]);
      },
      /^4096 streams, 50000 records/,
    ],
    [
      'more packets than are remembered',
      () => {
        const data = ethernet(ipv4(udp(RTP.subarray(0, 14))));
        const one = pcapFile([{ seconds: 0, ticks: 0, data }]);
        const record = one.subarray(PCAP_HEADER_BYTES);
        const packets = (1 << 20) + 1;
        const records = Buffer.alloc(packets * record.length, record);
        const bytes = PCAP_HEADER_BYTES + records.length;
        return sparse('many.pcap', bytes, [
          [0, one],
          [PCAP_HEADER_BYTES, records],
        ]);
      },
      /^1 streams, 1048577 records/,
    ],
    [
      'a line of a text without an end',
      () =>
        sparse('line.txt', GIBIBYTE, [
          [0, Buffer.from(rtpdumpText([{ atUs: 0, data: RTP }], 'hex'))],
        ]),
      /EARSHOT_BAD_CAPTURE: .*byte \d+: a line of more than \d+ bytes/,
    ],
    [
      'an event of a log that claims 4 GiB',
      () =>
        sparse('claim.log', 5 * GIBIBYTE, [
          [0, Buffer.from('820106080110021801', 'hex')],
          [9, Buffer.from('12ffffffff0f', 'hex')],
        ]),
      /EARSHOT_BAD_CAPTURE: .*byte \d+: an event claims 4294967295 bytes/,
    ],
    [
      'gzip of zeros',
      () => sparse('zeros.gz', 2 * GIBIBYTE, [[0, Buffer.from('1f8b0800', 'hex')]]),
      /EARSHOT_BAD_CAPTURE: .*gunzip it first/,
    ],
    [
      'a zip of zeros',
      () => sparse('zeros.zip', 2 * GIBIBYTE, [[0, Buffer.from('PK\x03\x04')]]),
      /EARSHOT_BAD_CAPTURE: .*unzip it first/,
    ],
  ])(
    '%s',
    (_, write, says) => {
      const path = write();
      const listed = run('list', path);
      expect(listed.said).toMatch(says);
      expect(listed.peakBytes - smallBytes).toBeLessThan(MAX_CAPTURE_MEMORY_BYTES);
      const read = run('read twice', path);
      expect(read.said).toMatch(/^EARSHOT_BAD_CAPTURE|^[1-9]\d* packets in both passes$/);
      expect(read.peakBytes - smallBytes).toBeLessThan(MAX_CAPTURE_MEMORY_BYTES);
    },
    LONG_MS,
  );
});
