import { describe, expect, it } from 'vitest';
import { readCapture } from '../../src/replay/index.js';
import { rtpdumpFile } from '../helpers/capture-bytes.js';

const DATA = Uint8Array.of(0x80, 111, 0, 1);

describe('rtpdump', () => {
  it.each([
    ['rtptools', '#!rtpplay1.0 192.0.2.1/5004\n'],
    ['libwebrtc, without an address', '#!rtpplay1.0 \n'],
  ])('reads the title of %s', (_, title) => {
    const capture = readCapture(rtpdumpFile([{ atMs: 5, data: DATA }], title), 'x');

    expect([...capture]).toEqual([
      {
        atUs: 0,
        data: DATA,
        sourcePort: undefined,
        destinationPort: undefined,
        offset: title.length + 16,
        dataOffset: title.length + 24,
      },
    ]);
    expect(capture.format).toBe('rtpdump');
  });

  it('counts ms from its first record', () => {
    const records = [1000, 1020, 1041].map((atMs) => ({ atMs, data: DATA }));
    expect([...readCapture(rtpdumpFile(records), 'x')].map(({ atUs }) => atUs)).toEqual([
      0, 20_000, 41_000,
    ]);
  });

  it('counts RTCP and packets whose end was not kept', () => {
    const records = [
      { atMs: 0, data: DATA },
      { atMs: 1, data: DATA, packetBytes: 0 },
      { atMs: 2, data: DATA, packetBytes: 172 },
    ];
    const capture = readCapture(rtpdumpFile(records), 'x');

    expect([...capture]).toHaveLength(1);
    expect(capture.counts.skipped).toEqual({ rtcp: 1, clipped: 1 });
  });

  it('takes no padding behind a packet for a part of it', () => {
    const padded = Buffer.concat([DATA, Buffer.alloc(4)]);
    const file = rtpdumpFile([{ atMs: 0, data: padded, packetBytes: DATA.length }]);
    expect([...readCapture(file, 'x')][0]?.data).toEqual(DATA);
  });

  it('names the place of a record that is shorter than its header, and of a title without end', () => {
    const broken = rtpdumpFile([{ atMs: 0, data: DATA }]);
    const offset = broken.length - DATA.length - 8;
    broken.writeUInt16BE(7, offset);
    expect(() => [...readCapture(broken, 'x')]).toThrow(`x, byte ${offset}: a record of 7 bytes`);

    const endless = Buffer.concat([Buffer.from('#!rtpplay1.0 '), Buffer.alloc(500, 0x41)]);
    expect(() => [...readCapture(endless, 'x')]).toThrow('x, byte 0: no line end');
  });
});
