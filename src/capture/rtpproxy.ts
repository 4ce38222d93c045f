import type { ByteCursor } from './byte-cursor.js';
import { type CaptureRecord, takeUdpPayload } from './record.js';

/** Family, port and address of the sender (20 bytes), time of arrival (8), length (2); then the packet. */
const RECORD_HEADER_BYTES = 30;
const TIME_AT = 20;
const LENGTH_AT = 28;
// Linux' numbers of address families; the recorder writes its host's, so that files of other systems are not recognized.
const FAMILY_IPV4 = 2;
const FAMILY_IPV6 = 10;
const ADDRESS_IPV4_END = 8;
/** Since 1970, by some versions since the machine began; none is as late as the year 2100. */
const LATEST_SECONDS = 4_102_444_800;

/** By its first record: the format has no header of its own. */
export function isRtpproxy(start: Buffer): boolean {
  return (
    start.length > RECORD_HEADER_BYTES &&
    isRecordHeader(start) &&
    (start.readUInt16LE(0) === FAMILY_IPV6 ||
      start.subarray(ADDRESS_IPV4_END, TIME_AT).every((byte) => byte === 0)) &&
    start.readUInt8(RECORD_HEADER_BYTES) >> 6 === 2
  );
}

/**
 * Packets as rtpproxy records them by default ("ad hoc"): one direction of a call in a file, little endian.
 *
 * The address of the sender is not given out.
 *
 * @see rtpproxy's src/rtpp_record_private.h at 532917a: pkt_hdr_adhoc
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`
 */
export function* readRtpproxy(cursor: ByteCursor): Generator<CaptureRecord> {
  while (cursor.remainingBytes > 0) {
    const offset = cursor.offset;
    const head = cursor.take(RECORD_HEADER_BYTES, 'a record header');
    if (!isRecordHeader(head)) {
      throw head.every((byte) => byte === 0)
        ? cursor.cutShort(offset, 'a record of no bytes: the file was not written to its end')
        : cursor.bad(offset, 'no record of rtpproxy: an address, a time and a length expected');
    }
    const timeUs = Math.floor(head.readDoubleLE(TIME_AT) * 1_000_000);
    yield takeUdpPayload(cursor, head.readUInt16LE(LENGTH_AT), 'a record', timeUs, offset);
  }
}

function isRecordHeader(head: Buffer): boolean {
  const family = head.readUInt16LE(0);
  const seconds = head.readDoubleLE(TIME_AT);
  return (
    (family === FAMILY_IPV4 || family === FAMILY_IPV6) &&
    seconds > 0 &&
    seconds < LATEST_SECONDS &&
    head.readUInt16LE(LENGTH_AT) > 0
  );
}
