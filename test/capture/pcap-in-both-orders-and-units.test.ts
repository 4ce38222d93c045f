import { describe, expect, it } from 'vitest';
import { readCapture, writePcap } from '../../src/replay/index.js';
import { type ByteOrder, ethernet, ipv4, pcapFile, udp } from '../helpers/capture-bytes.js';

const PAYLOAD = Buffer.from('a payload');
const FRAME = ethernet(ipv4(udp(PAYLOAD)));

describe.each<ByteOrder>(['little', 'big'])('pcap, %s endian', (order) => {
  it('tells µs', () => {
    const bytes = pcapFile(
      [
        { seconds: 1_700_000_000, ticks: 999_999, data: FRAME },
        { seconds: 1_700_000_001, ticks: 20_001, data: FRAME },
      ],
      { order },
    );

    const datagrams = [...readCapture(bytes, 'x')];

    expect(datagrams.map(({ atUs }) => atUs)).toEqual([0, 20_002]);
    expect(datagrams[0]).toMatchObject({ sourcePort: 4000, destinationPort: 5000, offset: 24 });
    expect(Buffer.from(datagrams[0]?.data ?? [])).toEqual(PAYLOAD);
  });

  it('tells ns, and rounds them down to µs', () => {
    const bytes = pcapFile(
      [
        { seconds: 7, ticks: 1_000, data: FRAME },
        { seconds: 7, ticks: 20_001_999, data: FRAME },
      ],
      { order, magic: 0xa1b23c4d },
    );
    expect([...readCapture(bytes, 'x')].map(({ atUs }) => atUs)).toEqual([0, 20_000]);
  });

  it('leaves out the upper half of the link type, which tells of check sequences', () => {
    const bytes = pcapFile([{ seconds: 0, ticks: 0, data: FRAME }], {
      order,
      linkType: 0x34000001,
    });
    expect([...readCapture(bytes, 'x')]).toHaveLength(1);
  });
});

describe('pcap', () => {
  it('reads what the writer wrote', () => {
    const packets = [0, 20_000, 1_040_000].map((atUs, i) => ({
      atUs,
      data: Uint8Array.of(i, 0x80, 0xff),
    }));
    const bytes = writePcap(packets, {
      sourcePort: 1,
      destinationPort: 65_535,
      startSeconds: 1_700_000_000,
    });

    const capture = readCapture(bytes, 'x');

    expect([...capture]).toMatchObject(
      packets.map((packet) => ({ ...packet, sourcePort: 1, destinationPort: 65_535 })),
    );
    expect(capture).toMatchObject({
      name: 'x',
      format: 'pcap',
      counts: { records: 3, datagrams: 3, skipped: {}, outOfOrder: 0 },
    });
  });

  it('writes IPv4 headers whose checksum is right', () => {
    const bytes = writePcap([{ atUs: 0, data: Buffer.alloc(33) }]);
    const header = bytes.subarray(24 + 16 + 14, 24 + 16 + 14 + 20);
    let sum = 0;
    for (let at = 0; at < 20; at += 2) sum += header.readUInt16BE(at);
    // RFC 1071: with its checksum a header adds up to all ones.
    expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
  });

  it('has no packets when it has no records', () => {
    const capture = readCapture(pcapFile([]), 'x');
    expect([...capture]).toEqual([]);
    expect(capture.counts.records).toBe(0);
  });

  it.each([
    ['the header', 10, 'x, byte 0: the pcap header needs 24 bytes, 10 are left'],
    ['a record header', 30, 'x, byte 24: a record header needs 16 bytes, 6 are left'],
    ['a record', 50, `x, byte 40: a record needs ${FRAME.length} bytes, 10 are left`],
  ])('says where it is cut short: in %s', (_, length, message) => {
    const bytes = pcapFile([{ seconds: 0, ticks: 0, data: FRAME }]).subarray(0, length);
    expect(() => [...readCapture(bytes, 'x')]).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_CAPTURE',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('says that a time stamp is damaged', () => {
    const bytes = pcapFile([{ seconds: 0, ticks: 1_000_000, data: FRAME }]);
    expect(() => [...readCapture(bytes, 'x')]).toThrow('x, byte 28: a time stamp');
  });

  it('says which link layers it knows when it meets another', () => {
    const bytes = pcapFile([], { linkType: 147 });
    expect(() => [...readCapture(bytes, 'x')]).toThrow(/x, byte 20: link layer 147 .* Ethernet/);
  });
});
