import type { TimedPacket } from '../../src/simulate/index.js';

const HEADER_BYTES = 12;
const PADDING_BIT = 0x20;
const PADDING_BYTES = 224;
/** Of probes: they are sent between the packets of audio. */
const BEHIND_US = 3000;

/** A packet of nothing but padding, of the time and the next number of another (RFC 3550 5.1). */
export function paddingBehind({ atUs, data }: TimedPacket): TimedPacket {
  const padding = Buffer.alloc(HEADER_BYTES + PADDING_BYTES);
  padding.set(data.subarray(0, HEADER_BYTES));
  padding.writeUInt8(padding.readUInt8(0) | PADDING_BIT, 0);
  padding.writeUInt8(padding.readUInt8(1) & 0x7f, 1);
  padding.writeUInt16BE((padding.readUInt16BE(2) + 1) & 0xffff, 2);
  padding.writeUInt8(PADDING_BYTES, padding.length - 1);
  return { atUs: atUs + BEHIND_US, data: padding };
}

/** A packet of padding behind every `every`th one, in the sender's numbers. */
export function withPadding(packets: readonly TimedPacket[], every: number): TimedPacket[] {
  const all: TimedPacket[] = [];
  for (const [index, { atUs, data }] of packets.entries()) {
    const renumbered = Buffer.from(data);
    const by = Math.floor(index / every);
    renumbered.writeUInt16BE((renumbered.readUInt16BE(2) + by) & 0xffff, 2);
    const packet = { atUs, data: renumbered };
    all.push(packet);
    if (index % every === every - 1) all.push(paddingBehind(packet));
  }
  return all;
}
