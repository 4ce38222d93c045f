import { describe, expect, it } from 'vitest';
import { readCapture } from '../../src/replay/index.js';
import {
  type ByteOrder,
  block,
  enhancedPacket,
  ethernet,
  interfaceBlock,
  ipv4,
  option,
  sectionHeader,
  u16,
  u32,
  udp,
} from '../helpers/capture-bytes.js';

const IP = ipv4(udp(Buffer.from('voice')));
const FRAME = ethernet(IP);
const ETHERNET = 1;
const RAW_IP = 101;
const TIME_RESOLUTION = 9;
const TIME_OFFSET = 14;

function timesUs(...blocks: readonly Buffer[]): number[] {
  return [...readCapture(Buffer.concat(blocks), 'x')].map(({ atUs }) => atUs);
}

describe.each<ByteOrder>(['little', 'big'])('pcapng, %s endian', (order) => {
  const packets = (...ticks: readonly bigint[]): Buffer[] =>
    ticks.map((one) => enhancedPacket(order, { ticks: one, data: FRAME }));
  const unit = (resolution: number): Buffer =>
    interfaceBlock(order, ETHERNET, [option(order, TIME_RESOLUTION, Uint8Array.of(resolution))]);

  it('counts µs where nothing else is said', () => {
    const blocks = [sectionHeader(order), interfaceBlock(order, ETHERNET)];
    expect(timesUs(...blocks, ...packets(1_700_000_000_000_000n, 1_700_000_000_020_001n))).toEqual([
      0, 20_001,
    ]);
  });

  it.each([
    ['10^-3 s', 3, 20n, 20_000],
    ['10^-9 s', 9, 20_000_999n, 20_000],
    ['10^-12 s', 12, 20_000_000_000n, 20_000],
    ['2^-10 s', 0x80 | 10, 1024n, 1_000_000],
    ['2^-32 s', 0x80 | 32, 1n << 31n, 500_000],
    ['s', 0, 3n, 3_000_000],
  ])('counts in %s', (_, resolution, ticks, expectedUs) => {
    expect(timesUs(sectionHeader(order), unit(resolution), ...packets(0n, ticks))).toEqual([
      0,
      expectedUs,
    ]);
  });

  it('adds the offset of an interface, so that two interfaces agree', () => {
    const hourLater = Buffer.alloc(8);
    if (order === 'little') hourLater.writeBigInt64LE(3600n);
    else hourLater.writeBigInt64BE(3600n);
    const offset = [option(order, TIME_OFFSET, hourLater)];

    const blocks = [
      sectionHeader(order),
      interfaceBlock(order, ETHERNET),
      interfaceBlock(order, RAW_IP, offset),
      enhancedPacket(order, { ticks: 3_600_000_000n, data: FRAME }),
      enhancedPacket(order, { interfaceId: 1, ticks: 20_000n, data: IP }),
    ];
    expect(timesUs(...blocks)).toEqual([0, 20_000]);
  });

  it('passes over blocks and options it does not know', () => {
    const comment = option(order, 1, Buffer.from('made by hand'));
    const blocks = [
      sectionHeader(order),
      block(0x0bad, order, Buffer.alloc(40, 0xee)), // custom
      interfaceBlock(order, ETHERNET, [comment]),
      block(5, order, Buffer.alloc(24)), // interface statistics
      ...packets(1n),
    ];
    expect(timesUs(...blocks)).toEqual([0]);
  });

  it('gives a simple packet, which has no time, that of the packet before', () => {
    const simple = block(3, order, u32(FRAME.length, order), FRAME);
    const blocks = [sectionHeader(order), interfaceBlock(order, ETHERNET)];
    expect(timesUs(...blocks, ...packets(5n, 905n), simple, ...packets(1005n))).toEqual([
      0, 900, 900, 1000,
    ]);
  });

  it('reads the obsolete packet block', () => {
    const ids = Buffer.concat([u16(0, order), u16(0, order)]);
    const lengths = [u32(FRAME.length, order), u32(FRAME.length, order)];
    const obsolete = block(2, order, ids, u32(0, order), u32(77, order), ...lengths, FRAME);
    const blocks = [sectionHeader(order), interfaceBlock(order, ETHERNET)];
    expect(timesUs(...blocks, ...packets(70n), obsolete)).toEqual([0, 7]);
  });
});

describe('pcapng', () => {
  it('starts anew at every section: byte order, interfaces, unit', () => {
    const ns = option('big', TIME_RESOLUTION, Uint8Array.of(9));
    const blocks = [
      sectionHeader('little'),
      interfaceBlock('little', ETHERNET),
      enhancedPacket('little', { ticks: 1_000_000n, data: FRAME }),
      sectionHeader('big'),
      interfaceBlock('big', RAW_IP, [ns]),
      enhancedPacket('big', { ticks: 1_020_000_000n, data: IP }),
    ];
    const datagrams = [...readCapture(Buffer.concat(blocks), 'x')];

    expect(datagrams.map(({ atUs }) => atUs)).toEqual([0, 20_000]);
    for (const { data } of datagrams) expect(Buffer.from(data).toString()).toBe('voice');
  });

  it('forgets the interfaces of the section before', () => {
    const blocks = [
      sectionHeader('little'),
      interfaceBlock('little', ETHERNET),
      sectionHeader('little'),
      enhancedPacket('little', { ticks: 0n, data: FRAME }),
    ];
    expect(() => timesUs(...blocks)).toThrow(/x, byte \d+: a packet of interface 0/);
  });

  it('leaves out packets of an interface whose link layer it does not know, and counts them', () => {
    const blocks = [
      sectionHeader('little'),
      interfaceBlock('little', 147),
      interfaceBlock('little', ETHERNET),
      enhancedPacket('little', { ticks: 0n, data: FRAME }),
      enhancedPacket('little', { interfaceId: 1, ticks: 1n, data: FRAME }),
    ];
    const capture = readCapture(Buffer.concat(blocks), 'x');

    expect([...capture]).toHaveLength(1);
    expect(capture.counts.skipped).toEqual({ 'unknown-link-layer': 1 });
  });

  const start = Buffer.concat([sectionHeader('little'), interfaceBlock('little', ETHERNET)]);
  const packet = enhancedPacket('little', { ticks: 0n, data: FRAME });
  const at = (offset: number, value: number): Buffer => {
    const bytes = Buffer.concat([start, packet]);
    bytes.writeUInt32LE(value, offset);
    return bytes;
  };

  it.each([
    ['a block shorter than a block', at(start.length + 4, 8), start.length + 4],
    ['a block of odd length', at(start.length + 4, 33), start.length + 4],
    ['a block longer than the file', at(start.length + 4, 4096), start.length],
    [
      'two lengths that differ',
      at(start.length + packet.length - 4, 40),
      start.length + packet.length - 4,
    ],
    ['a packet longer than its block', at(start.length + 20, 9999), start.length + 20],
    ['a section of no byte order', at(8, 0x12345678), 8],
    ['a time beyond all years', at(start.length + 12, 0xffffffff), start.length + 12],
  ])('names the place of %s', (_, bytes, offset) => {
    expect(() => [...readCapture(bytes, 'x')]).toThrow(
      expect.objectContaining({
        code: 'EARSHOT_BAD_CAPTURE',
        message: expect.stringContaining(`x, byte ${offset}: `),
      }),
    );
  });
});
