import type { ByteCursor } from './byte-cursor.js';
import type { CaptureRecord } from './record.js';

const SIGNATURE = '#!rtpplay1.0 ';
const MAX_TITLE_BYTES = 256;
const FILE_HEADER_BYTES = 16;
const RECORD_HEADER_BYTES = 8;
const LINE_FEED = 0x0a;

export function isRtpdump(start: Buffer): boolean {
  return start.subarray(0, SIGNATURE.length).toString('latin1') === SIGNATURE;
}

/**
 * Packets of an rtpdump file as rtptools and libwebrtc write it: a line of text (`#!rtpplay1.0 address/port`, the
 * address may be missing), a 16-byte header, then records of RTP or RTCP. Times are ms.
 *
 * A record holds RTCP where its packet length is 0.
 *
 * @see rtptools' rtpdump.h: RD_hdr_t, RD_packet_t, all in network byte order
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`
 */
export function* readRtpdump(cursor: ByteCursor): Generator<CaptureRecord> {
  const start = cursor.peek(Math.min(MAX_TITLE_BYTES, cursor.remainingBytes), 'the rtpdump title');
  const titleEnd = start.indexOf(LINE_FEED);
  if (titleEnd < 0)
    throw cursor.bad(0, `no line end in the first ${start.length} bytes of an rtpdump file`);
  cursor.skip(titleEnd + 1, 'the rtpdump title');
  cursor.skip(FILE_HEADER_BYTES, 'the rtpdump header');

  while (cursor.remainingBytes > 0) {
    const offset = cursor.offset;
    const head = cursor.take(RECORD_HEADER_BYTES, 'a record header');
    const recordBytes = head.readUInt16BE(0);
    const packetBytes = head.readUInt16BE(2);
    const timeUs = head.readUInt32BE(4) * 1000;
    if (recordBytes === 0 && packetBytes === 0 && timeUs === 0) {
      throw cursor.cutShort(offset, 'a record of no bytes: the file was not written to its end');
    }
    if (recordBytes < RECORD_HEADER_BYTES) {
      throw cursor.bad(
        offset,
        `a record of ${recordBytes} bytes, under its own header of ${RECORD_HEADER_BYTES}`,
      );
    }
    const dataOffset = cursor.offset;
    const dataBytes = recordBytes - RECORD_HEADER_BYTES;
    const start = cursor.takeBytes(dataBytes, 'a record');
    const isRtcp = packetBytes === 0;
    yield {
      timeUs,
      linkLayer: isRtcp ? 'rtcp-payload' : 'udp-payload',
      bytes: cursor.bytes,
      start,
      length: isRtcp ? dataBytes : Math.min(packetBytes, dataBytes),
      originalBytes: isRtcp ? dataBytes : packetBytes,
      offset,
      dataOffset,
    };
  }
}
