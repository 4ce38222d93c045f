import type { ByteCursor } from './byte-cursor.js';
import { type CaptureRecord, type LinkLayer, linkLayerOf } from './record.js';

// Block types and options of draft-ietf-opsawg-pcapng.
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_END = 0;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;
const MIN_BLOCK_BYTES = 12;
const MAX_INTERFACES = 65_536;
/** A packet of a longer block is copied, so that what stands beside it in the block is not kept with it. */
const MAX_SHARED_BLOCK_BYTES: number = 1 << 16;

interface Interface {
  readonly linkLayer: LinkLayer | undefined;
  readonly snapBytes: number;
  readonly toUs: (ticks: bigint) => bigint;
}

/** Numbers of a section, in its byte order. */
interface Numbers {
  readonly uint16: (bytes: Buffer, at: number) => number;
  readonly uint32: (bytes: Buffer, at: number) => number;
  readonly int64: (bytes: Buffer, at: number) => bigint;
}

const LITTLE: Numbers = {
  uint16: (bytes, at) => bytes.readUInt16LE(at),
  uint32: (bytes, at) => bytes.readUInt32LE(at),
  int64: (bytes, at) => bytes.readBigInt64LE(at),
};
const BIG: Numbers = {
  uint16: (bytes, at) => bytes.readUInt16BE(at),
  uint32: (bytes, at) => bytes.readUInt32BE(at),
  int64: (bytes, at) => bytes.readBigInt64BE(at),
};

export function isPcapng(start: Buffer): boolean {
  return start.length >= 4 && start.readUInt32BE(0) === SECTION_HEADER;
}

/**
 * Packets of a pcapng file: several sections and interfaces, each with its own byte order, link layer and time unit.
 *
 * A simple packet block has no time; it takes that of the packet before it.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`
 */
export function* readPcapng(cursor: ByteCursor): Generator<CaptureRecord> {
  let numbers = LITTLE;
  let interfaces: Interface[] = [];
  let lastUs = 0;

  while (cursor.remainingBytes > 0) {
    const offset = cursor.offset;
    const head = cursor.peek(MIN_BLOCK_BYTES, 'a block header');
    if (isPcapng(head)) {
      numbers = byteOrderOf(cursor, head);
      interfaces = [];
    }
    const type = numbers.uint32(head, 0);
    const blockBytes = numbers.uint32(head, 4);
    if (type === 0 && blockBytes === 0) {
      throw cursor.cutShort(offset, 'a block of no bytes: the file was not written to its end');
    }
    if (blockBytes < MIN_BLOCK_BYTES || blockBytes % 4 !== 0) {
      throw cursor.bad(
        offset + 4,
        `a block of ${blockBytes} bytes: at least 12 and a multiple of 4 expected`,
      );
    }

    if (type === INTERFACE_DESCRIPTION) {
      const body = takeBody(cursor, numbers, blockBytes);
      if (interfaces.length >= MAX_INTERFACES)
        throw cursor.bad(offset, `over ${MAX_INTERFACES} interfaces`);
      interfaces.push(readInterface(cursor, numbers, body, offset + 8));
    } else if (type === ENHANCED_PACKET || type === OBSOLETE_PACKET || type === SIMPLE_PACKET) {
      const body = takeBody(cursor, numbers, blockBytes);
      const record = readPacket(cursor, numbers, type, body, interfaces, lastUs, offset);
      lastUs = record.timeUs;
      yield record;
    } else {
      cursor.skip(blockBytes, 'a block');
    }
  }
}

function byteOrderOf(cursor: ByteCursor, head: Buffer): Numbers {
  if (head.readUInt32LE(8) === BYTE_ORDER_MAGIC) return LITTLE;
  if (head.readUInt32BE(8) === BYTE_ORDER_MAGIC) return BIG;
  throw cursor.bad(cursor.offset + 8, 'a section header without its byte-order magic 1a2b3c4d');
}

/** The block between its type and lengths. */
function takeBody(cursor: ByteCursor, numbers: Numbers, blockBytes: number): Buffer {
  const offset = cursor.offset;
  const block = cursor.take(blockBytes, 'a block');
  if (numbers.uint32(block, blockBytes - 4) !== blockBytes) {
    throw cursor.bad(
      offset + blockBytes - 4,
      `a block of ${blockBytes} bytes ends with another length`,
    );
  }
  return block.subarray(8, blockBytes - 4);
}

function readInterface(
  cursor: ByteCursor,
  numbers: Numbers,
  body: Buffer,
  offset: number,
): Interface {
  if (body.length < 8) throw cursor.bad(offset, 'an interface description under 8 bytes');
  let toTicks: (ticks: bigint) => bigint = (ticks) => ticks; // µs by default
  let offsetUs = 0n;
  for (let at = 8; at + 4 <= body.length; ) {
    const code = numbers.uint16(body, at);
    const length = numbers.uint16(body, at + 2);
    if (code === OPTION_END) break;
    if (at + 4 + length > body.length)
      throw cursor.bad(offset + at, 'an option longer than its block');
    if (code === OPTION_TIME_RESOLUTION && length === 1) toTicks = timeUnit(body.readUInt8(at + 4));
    if (code === OPTION_TIME_OFFSET && length === 8)
      offsetUs = numbers.int64(body, at + 4) * 1_000_000n;
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return {
    linkLayer: linkLayerOf(numbers.uint16(body, 0)),
    snapBytes: numbers.uint32(body, 4),
    toUs: (ticks) => toTicks(ticks) + offsetUs,
  };
}

/** if_tsresol: the top bit chooses a power of two, else of ten; the rest is the negative exponent. */
function timeUnit(resolution: number): (ticks: bigint) => bigint {
  const exponent = BigInt(resolution & 0x7f);
  const perSecond = (resolution & 0x80) === 0 ? 10n ** exponent : 1n << exponent;
  return (ticks) => (ticks * 1_000_000n) / perSecond;
}

function readPacket(
  cursor: ByteCursor,
  numbers: Numbers,
  type: number,
  body: Buffer,
  interfaces: readonly Interface[],
  lastUs: number,
  offset: number,
): CaptureRecord {
  const headerBytes = type === SIMPLE_PACKET ? 4 : 20;
  if (body.length < headerBytes)
    throw cursor.bad(offset, `a packet block of ${body.length + 12} bytes`);
  const id =
    type === SIMPLE_PACKET
      ? 0
      : type === ENHANCED_PACKET
        ? numbers.uint32(body, 0)
        : numbers.uint16(body, 0);
  const from = interfaces[id];
  if (from === undefined)
    throw cursor.bad(offset + 8, `a packet of interface ${id}, which is not described`);

  const originalBytes = numbers.uint32(body, headerBytes - 4);
  const room = body.length - headerBytes;
  const limit = from.snapBytes === 0 ? room : Math.min(room, from.snapBytes);
  const capturedBytes =
    type === SIMPLE_PACKET ? Math.min(originalBytes, limit) : numbers.uint32(body, 12);
  if (capturedBytes > room) {
    throw cursor.bad(
      offset + 20,
      `a packet of ${capturedBytes} bytes in a block that has room for ${room}`,
    );
  }
  const { linkLayer } = from;
  const isShared = body.length <= MAX_SHARED_BLOCK_BYTES;
  const bytes = isShared
    ? cursor.bytes
    : Buffer.from(body.subarray(headerBytes, headerBytes + capturedBytes));
  const start = isShared ? body.byteOffset - bytes.byteOffset + headerBytes : 0;
  const length = capturedBytes;
  const dataOffset = offset + 8 + headerBytes;
  if (type === SIMPLE_PACKET) {
    return { timeUs: lastUs, linkLayer, bytes, start, length, originalBytes, offset, dataOffset };
  }

  const ticks = (BigInt(numbers.uint32(body, 4)) << 32n) | BigInt(numbers.uint32(body, 8));
  const timeUs = Number(from.toUs(ticks));
  if (!Number.isSafeInteger(timeUs))
    throw cursor.bad(offset + 12, 'a time stamp beyond the year 287396');
  return { timeUs, linkLayer, bytes, start, length, originalBytes, offset, dataOffset };
}
