// Captures and the headers inside them, put together byte by byte from their specifications, apart from the writers.

export type ByteOrder = 'little' | 'big';

export function u16(value: number, order: ByteOrder = 'big'): Buffer {
  const bytes = Buffer.alloc(2);
  if (order === 'little') bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number, order: ByteOrder = 'big'): Buffer {
  const bytes = Buffer.alloc(4);
  if (order === 'little') bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

/** A record of a pcap file; `ticks` are µs or ns, as the file's magic says. */
export interface PcapRecord {
  readonly seconds: number;
  readonly ticks: number;
  readonly data: Uint8Array;
  /** @defaultValue the length of `data` */
  readonly originalBytes?: number;
}

export function pcapFile(
  records: readonly PcapRecord[],
  { order = 'little', magic = 0xa1b2c3d4, linkType = 1 }: PcapKind = {},
): Buffer {
  const header = [u32(magic, order), u16(2, order), u16(4, order), u32(0, order), u32(0, order)];
  return Buffer.concat([
    ...header,
    u32(65_535, order),
    u32(linkType, order),
    ...records.flatMap(({ seconds, ticks, data, originalBytes = data.length }) => [
      u32(seconds, order),
      u32(ticks, order),
      u32(data.length, order),
      u32(originalBytes, order),
      data,
    ]),
  ]);
}

export interface PcapKind {
  readonly order?: ByteOrder;
  readonly magic?: number;
  readonly linkType?: number;
}

/** A pcapng block: its length stands before and behind its body, which is padded to 32 bits. */
export function block(type: number, order: ByteOrder, ...parts: readonly Uint8Array[]): Buffer {
  const body = padded(Buffer.concat(parts));
  const length = u32(12 + body.length, order);
  return Buffer.concat([u32(type, order), length, body, length]);
}

export function sectionHeader(order: ByteOrder): Buffer {
  const unknownLength = u32(0xffffffff, order);
  const version = [u16(1, order), u16(0, order)];
  return block(0x0a0d0d0a, order, u32(0x1a2b3c4d, order), ...version, unknownLength, unknownLength);
}

export function interfaceBlock(
  order: ByteOrder,
  linkType: number,
  options: readonly Buffer[] = [],
  snapBytes = 65_535,
): Buffer {
  const end = options.length === 0 ? [] : [u16(0, order), u16(0, order)];
  const head = [u16(linkType, order), u16(0, order), u32(snapBytes, order)];
  return block(1, order, ...head, ...options, ...end);
}

export function option(order: ByteOrder, code: number, value: Uint8Array): Buffer {
  return Buffer.concat([u16(code, order), u16(value.length, order), padded(value)]);
}

export function enhancedPacket(
  order: ByteOrder,
  { interfaceId = 0, ticks, data, originalBytes = data.length }: EnhancedPacket,
): Buffer {
  return block(
    6,
    order,
    u32(interfaceId, order),
    u32(Number(ticks >> 32n), order),
    u32(Number(ticks & 0xffffffffn), order),
    u32(data.length, order),
    u32(originalBytes, order),
    data,
  );
}

export interface EnhancedPacket {
  readonly interfaceId?: number;
  readonly ticks: bigint;
  readonly data: Uint8Array;
  readonly originalBytes?: number;
}

/** An rtpdump file; `packetBytes` 0 marks RTCP. */
export function rtpdumpFile(
  records: readonly {
    readonly atMs: number;
    readonly data: Uint8Array;
    readonly packetBytes?: number;
  }[],
  title = '#!rtpplay1.0 192.0.2.1/5004\n',
): Buffer {
  return Buffer.concat([
    Buffer.from(title),
    Buffer.alloc(16),
    ...records.flatMap(({ atMs, data, packetBytes = data.length }) => [
      u16(8 + data.length),
      u16(packetBytes),
      u32(atMs),
      data,
    ]),
  ]);
}

export function udp(data: Uint8Array, sourcePort = 4000, destinationPort = 5000): Buffer {
  return Buffer.concat([u16(sourcePort), u16(destinationPort), u16(8 + data.length), u16(0), data]);
}

/** `fragment` is the field of flags and offset (RFC 791 3.1); `optionWords` 32-bit words of options. */
export function ipv4(
  payload: Uint8Array,
  { protocol = 17, fragment = 0, optionWords = 0 }: Ipv4Kind = {},
): Buffer {
  const headerBytes = 20 + 4 * optionWords;
  return Buffer.concat([
    Buffer.from([0x40 | (headerBytes / 4), 0]),
    u16(headerBytes + payload.length),
    u16(1),
    u16(fragment),
    Buffer.from([64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]),
    Buffer.alloc(4 * optionWords, 1),
    payload,
  ]);
}

export interface Ipv4Kind {
  readonly protocol?: number;
  readonly fragment?: number;
  readonly optionWords?: number;
}

/** `nextHeader` names what `payload` begins with. */
export function ipv6(payload: Uint8Array, nextHeader = 17): Buffer {
  return Buffer.concat([
    Buffer.from([0x60, 0, 0, 0]),
    u16(payload.length),
    Buffer.from([nextHeader, 64]),
    Buffer.alloc(32, 0x20),
    payload,
  ]);
}

export function ethernet(
  packet: Uint8Array,
  ethertype = 0x0800,
  tags: readonly number[] = [],
): Buffer {
  return Buffer.concat([
    Buffer.alloc(12, 2),
    ...tags.map((tag) => Buffer.concat([u16(tag), u16(42)])),
    u16(ethertype),
    packet,
  ]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
