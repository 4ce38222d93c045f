import type { ByteCursor } from './byte-cursor.js';
import { type CaptureRecord, ownBytes } from './record.js';

// Seconds of arrival; the minus of a set marker stands before the seconds, even where they are 0.
const PACKET = /^(\d+)\.(\d{6}) (RTP|RTCP|VATD|VATC) len=(\d+) from=/;
const SHORT = /^(-?)(\d+)\.(\d{6}) (\d+)(?: (\d+))?$/;
const FIXED_HEADER_BYTES = 12;
const MAX_PACKET_BYTES = 65_507;
/** The short form does not tell its payload type: one that means nothing by itself. */
const UNKNOWN_PAYLOAD_TYPE = 127;

/** @param start - the first line of the file, or as much of it as fits a signature */
export function isRtpdumpText(start: Buffer): boolean {
  const line = start.toString('latin1').split(/\r?\n/, 1)[0] ?? '';
  return PACKET.test(line) || SHORT.test(line);
}

/**
 * Packets of the texts that rtptools' rtpdump prints.
 *
 * - `hex`: header and payload.
 * - `ascii`: header and the packet's length.
 * - `short`: time, marker, timestamp and sequence number. Given as SSRC 0, payload type 127 and without payload.
 *
 * Headers are put together anew: without CSRCs and extensions. Packets of vat and what rtpdump says of RTCP are counted
 * as what they are.
 *
 * @see rtptools' rtpdump.c at 04acba9: packet_handler, parse_data, parse_short
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`
 */
export function* readRtpdumpText(cursor: ByteCursor): Generator<CaptureRecord> {
  let isInsideRtcp = false;
  for (;;) {
    const offset = cursor.offset;
    const line = cursor.takeLine();
    if (line === undefined) return;
    const record = recordOf(cursor, line, offset);
    if (record !== undefined) {
      isInsideRtcp = record.linkLayer === 'rtcp-payload';
      yield record;
    } else if (!isInsideRtcp && line.trim() !== '') {
      throw cursor.bad(offset, `not a line of rtpdump: ${JSON.stringify(line.slice(0, 40))}`);
    }
  }
}

function recordOf(cursor: ByteCursor, line: string, offset: number): CaptureRecord | undefined {
  const packet = PACKET.exec(line);
  if (packet !== null) {
    const [, seconds, microseconds, kind, length] = packet;
    const timeUs = timeOf(cursor, offset, seconds, microseconds);
    const packetBytes = Number(length);
    if (kind !== 'RTP') return withoutRtp(timeUs, kind === 'RTCP', offset);
    return rtpOf(cursor, line, { timeUs, packetBytes, offset });
  }
  const short = SHORT.exec(line);
  if (short === null) return undefined;
  const [, minus, seconds, microseconds, timestamp, sequenceNumber] = short;
  const timeUs = timeOf(cursor, offset, seconds, microseconds);
  if (sequenceNumber === undefined) return withoutRtp(timeUs, false, offset);
  const data = headerOf({
    marker: minus === '-' ? 1 : 0,
    payloadType: UNKNOWN_PAYLOAD_TYPE,
    sequenceNumber: Number(sequenceNumber),
    timestamp: Number(timestamp),
    ssrc: 0,
  });
  return {
    timeUs,
    linkLayer: 'udp-payload',
    ...ownBytes(data),
    originalBytes: data.length,
    offset,
    isHeaderOnly: true,
  };
}

/** vat is another protocol; of RTCP rtpdump prints what it understood, not what came. */
function withoutRtp(timeUs: number, isRtcp: boolean, offset: number): CaptureRecord {
  const linkLayer = isRtcp ? 'rtcp-payload' : 'udp-payload';
  return { timeUs, linkLayer, ...ownBytes(new Uint8Array(0)), originalBytes: 0, offset };
}

function rtpOf(
  cursor: ByteCursor,
  line: string,
  { timeUs, packetBytes, offset }: { timeUs: number; packetBytes: number; offset: number },
): CaptureRecord {
  const fields = new Map(
    [...line.matchAll(/ (\w+)=(\w*)/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const number = (name: string, max: number): number => {
    const value = Number(fields.get(name) || Number.NaN);
    if (Number.isInteger(value) && value >= 0 && value <= max) return value;
    throw cursor.bad(offset, `an RTP packet whose ${name} is not a number in 0..${max}`);
  };
  const headerBytes =
    FIXED_HEADER_BYTES +
    4 * number('cc', 15) +
    (number('x', 1) === 1 ? 4 + 4 * number('ext_len', 0xffff) : 0);
  if (packetBytes > MAX_PACKET_BYTES || packetBytes < headerBytes) {
    throw cursor.bad(offset, `a packet of ${packetBytes} bytes with ${headerBytes} of header`);
  }
  const payloadBytes = packetBytes - headerBytes;
  // What was printed beyond the packet's end is not of it: rtpdump's -x does that.
  const payload = Buffer.from((fields.get('data') ?? '').slice(0, 2 * payloadBytes), 'hex');
  const header = headerOf({
    marker: number('m', 1),
    payloadType: number('pt', 127),
    sequenceNumber: number('seq', 0xffff),
    timestamp: number('ts', 0xffffffff),
    ssrc: number('ssrc', 0xffffffff),
  });
  if (number('p', 1) === 1) header.writeUInt8(header.readUInt8(0) | 0x20, 0);
  const isWhole = payload.length === payloadBytes;
  return {
    timeUs,
    linkLayer: 'udp-payload',
    ...ownBytes(isWhole ? Buffer.concat([header, payload]) : header),
    originalBytes: FIXED_HEADER_BYTES + payloadBytes,
    offset,
  };
}

function timeOf(cursor: ByteCursor, offset: number, seconds = '', microseconds = ''): number {
  const timeUs = Number(seconds) * 1_000_000 + Number(microseconds);
  if (Number.isSafeInteger(timeUs)) return timeUs;
  throw cursor.bad(offset, `a time of ${seconds.slice(0, 20)} s`);
}

interface HeaderFields {
  readonly marker: number;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

function headerOf(fields: HeaderFields): Buffer {
  const header = Buffer.alloc(FIXED_HEADER_BYTES);
  header.writeUInt8(0x80, 0);
  header.writeUInt8((fields.marker << 7) | fields.payloadType, 1);
  header.writeUInt16BE(fields.sequenceNumber & 0xffff, 2);
  header.writeUInt32BE(fields.timestamp >>> 0, 4);
  header.writeUInt32BE(fields.ssrc, 8);
  return header;
}
