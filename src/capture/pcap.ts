import type { ByteCursor } from './byte-cursor.js';
import { type CaptureRecord, LINK_LAYER_HELP, linkLayerOf } from './record.js';

const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;

export function isPcap(start: Buffer): boolean {
  return start.length >= 4 && numbersOf(start) !== undefined;
}

/** How a file's numbers are to be read: each is in the byte order of the machine that wrote it. */
interface Numbers {
  readonly isLittleEndian: boolean;
  /** Parts of a second the second field of a time stamp counts, per µs. */
  readonly ticksPerUs: number;
}

function numbersOf(start: Buffer): Numbers | undefined {
  const ticksPerUs = (magic: number): number | undefined =>
    magic === MAGIC_MICROSECONDS ? 1 : magic === MAGIC_NANOSECONDS ? 1000 : undefined;
  const little = ticksPerUs(start.readUInt32LE(0));
  if (little !== undefined) return { isLittleEndian: true, ticksPerUs: little };
  const big = ticksPerUs(start.readUInt32BE(0));
  if (big !== undefined) return { isLittleEndian: false, ticksPerUs: big };
  return undefined;
}

/**
 * Records of a pcap file: µs or ns time stamps, either byte order.
 *
 * @see draft-ietf-opsawg-pcap
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`
 */
export function* readPcap(cursor: ByteCursor): Generator<CaptureRecord> {
  const header = cursor.take(HEADER_BYTES, 'the pcap header');
  const numbers = numbersOf(header);
  if (numbers === undefined) throw cursor.bad(0, 'not a pcap file');
  const { isLittleEndian, ticksPerUs } = numbers;
  // The upper half holds the length of a frame check sequence, which no length inside the packet counts.
  const linkType = (isLittleEndian ? header.readUInt32LE(20) : header.readUInt32BE(20)) & 0xffff;
  const linkLayer = linkLayerOf(linkType);
  if (linkLayer === undefined) {
    throw cursor.bad(20, `link layer ${linkType} is not known; ${LINK_LAYER_HELP}`);
  }

  while (cursor.remainingBytes > 0) {
    const offset = cursor.offset;
    const at = cursor.hold(RECORD_HEADER_BYTES, 'a record header');
    const { view } = cursor;
    const seconds = view.getUint32(at, isLittleEndian);
    const ticks = view.getUint32(at + 4, isLittleEndian);
    if (ticks >= 1_000_000 * ticksPerUs) {
      throw cursor.bad(
        offset + 4,
        `a time stamp has ${ticks} parts of a second, a whole second or more`,
      );
    }
    const capturedBytes = view.getUint32(at + 8, isLittleEndian);
    const originalBytes = view.getUint32(at + 12, isLittleEndian);
    if (capturedBytes === 0 && originalBytes === 0) {
      // What a machine that lost its power leaves of a file whose room was already taken.
      throw cursor.cutShort(offset, 'a record of no bytes: the file was not written to its end');
    }
    cursor.skip(RECORD_HEADER_BYTES, 'a record header');
    const dataOffset = cursor.offset;
    const start = cursor.takeBytes(capturedBytes, 'a record');
    const timeUs = seconds * 1_000_000 + Math.floor(ticks / ticksPerUs);
    const { bytes } = cursor;
    yield {
      timeUs,
      linkLayer,
      bytes,
      start,
      length: capturedBytes,
      originalBytes,
      offset,
      dataOffset,
    };
  }
}
