import { describe, expect, it } from 'vitest';
import { listStreams, readCapture, replay, writePcap } from '../../src/replay/index.js';
import { talk } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import {
  enhancedPacket,
  ethernet,
  interfaceBlock,
  ipv4,
  ipv6,
  pcapFile,
  rtpdumpFile,
  sectionHeader,
  udp,
} from '../helpers/capture-bytes.js';
import { mjrFile, rtpproxyFile } from '../helpers/recording-bytes.js';

const PACKETS = talk(fixtureCall().pcm.subarray(0, 16_000), { sampleRateHz: 16_000, ssrc: 77 });
const FORMATS: readonly (readonly [string, Buffer])[] = [
  ['pcap', writePcap(PACKETS)],
  [
    'pcapng',
    Buffer.concat([
      sectionHeader('little'),
      interfaceBlock('little', 1),
      ...PACKETS.map(({ atUs, data }) =>
        enhancedPacket('little', { ticks: BigInt(atUs), data: ethernet(ipv4(udp(data))) }),
      ),
    ]),
  ],
  ['rtpdump', rtpdumpFile(PACKETS.map(({ atUs, data }) => ({ atMs: atUs / 1000, data })))],
  ['rtpproxy', rtpproxyFile(PACKETS)],
  ['mjr', mjrFile(PACKETS, { t: 'a', c: 'opus' })],
];

describe.each(FORMATS)('a %s whose recorder was stopped while writing', (_, whole) => {
  const lastBytes = PACKETS.at(-1)?.data.length ?? 0;

  it('is read up to the cut, wherever that is', () => {
    for (let missing = 1; missing < lastBytes; missing++) {
      const capture = readCapture(whole.subarray(0, whole.length - missing), 'x');
      const read = [...capture];
      expect(read).toHaveLength(PACKETS.length - 1);
      const last = read.at(-1)?.offset ?? 0;
      expect(capture.counts.truncatedAtOffset).toBeGreaterThan(last);
      expect(capture.counts.truncatedAtOffset).toBeLessThan(whole.length);
    }
  });

  it('is read up to the zeros that its disk was left with', () => {
    const capture = readCapture(Buffer.concat([whole, Buffer.alloc(5000)]), 'x');
    expect([...capture]).toHaveLength(PACKETS.length);
    expect(capture.counts.truncatedAtOffset).toBe(whole.length);
  });

  it('that is whole is not cut', () => {
    const capture = readCapture(whole, 'x');
    expect([...capture]).toHaveLength(PACKETS.length);
    expect(capture.counts.truncatedAtOffset).toBeUndefined();
  });
});

describe('a capture of a short snap length', () => {
  const clipped = (frames: readonly Buffer[], kept: number): ReturnType<typeof readCapture> =>
    readCapture(
      pcapFile(
        frames.map((frame, index) => ({
          seconds: 0,
          ticks: index * 20_000,
          data: frame.subarray(0, kept),
          originalBytes: frame.length,
        })),
      ),
      'x',
    );

  it('still tells of timing: headers, and how long the payloads were', () => {
    const frames = PACKETS.map(({ data }) => ethernet(ipv4(udp(data))));
    const capture = clipped(frames, 14 + 20 + 8 + 12 + 3);
    const read = [...capture];

    expect(read.map(({ data }) => Buffer.from(data))).toEqual(
      PACKETS.map(({ data }) => Buffer.from(data.subarray(0, 12))),
    );
    expect(read.map(({ payloadBytes }) => payloadBytes)).toEqual(
      PACKETS.map(({ data }) => data.length - 12),
    );
    expect(listStreams(capture).streams).toMatchObject([
      { headersOnly: 50, payloadTypes: [{ rtpmap: 'opus/48000/2' }], lost: 0 },
    ]);
  });

  it('that only the longest packets reach is heard without these', async () => {
    const frames = PACKETS.map(({ data }) => ethernet(ipv4(udp(data))));
    const lengths = frames.map(({ length }) => length).sort((a, b) => a - b);
    const capture = clipped(frames, lengths[39] ?? 0);
    const { packets, capture: read } = await replay(capture);
    expect(read.headersOnly).toBeGreaterThan(0);
    expect(packets.received).toBe(50 - read.headersOnly);
  });

  it('keeps CSRCs and extensions, and no padding bit', () => {
    const packet = Buffer.concat([
      Buffer.from([0xb1, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5]), // padding, extension, one CSRC
      Buffer.from([0, 0, 0, 9, 0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0]),
      Buffer.alloc(60, 4),
    ]);
    const [read] = [...clipped([ethernet(ipv6(udp(packet)), 0x86dd)], 14 + 40 + 8 + 24)];
    expect(read?.payloadBytes).toBe(60);
    expect(Buffer.from(read?.data ?? []).toString('hex')).toBe(
      `91${packet.subarray(1, 24).toString('hex')}`,
    );
  });

  it('too short for a header leaves nothing', () => {
    const capture = clipped(
      [ethernet(ipv4(udp(PACKETS[0]?.data ?? Buffer.alloc(0))))],
      14 + 20 + 8 + 11,
    );
    expect([...capture]).toEqual([]);
    expect(capture.counts.skipped).toEqual({ clipped: 1 });
  });
});
