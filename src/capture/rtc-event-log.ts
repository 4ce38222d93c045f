import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { ByteCursor } from './byte-cursor.js';
import { type CaptureRecord, type LinkLayer, ownBytes } from './record.js';
import { type LoggedPacket, readPacketBatch } from './rtc-event-log-batch.js';

// Fields of EventStream: rtc_event_log.proto at eed5aa8 (1) and rtc_event_log2.proto at 4b8877f (the others).
const LEGACY_EVENT = 1;
const INCOMING_RTP_PACKETS = 2;
const INCOMING_RTCP_PACKETS = 4;
const VIDEO_RECEIVE_CONFIG = 103;
// Fields of the legacy Event.
const EVENT_TIMESTAMP_US = 1;
const EVENT_RTP_PACKET = 3;
const EVENT_RTCP_PACKET = 4;
const EVENT_VIDEO_RECEIVE_CONFIG = 8;

/** A tag and a length take at most this. */
const MAX_PREFIX_BYTES = 15;
/** A call has a few; a hostile log could name millions. */
const MAX_VIDEO_SSRCS = 1024;
const FIXED_HEADER_BYTES = 12;

/** Both kinds begin with an event of a start: field 1 or 16, and in it the time first, then the type or version. */
export function isRtcEventLog(start: Buffer): boolean {
  const reader = new BinaryReader(start);
  try {
    const [field, wireType] = reader.tag();
    if ((field !== LEGACY_EVENT && field !== 16) || wireType !== WireType.LengthDelimited) {
      return false;
    }
    if (reader.uint32() < 4 || reader.uint32() !== 0x08) return false;
    reader.int64();
    return reader.uint32() === 0x10;
  } catch {
    return false;
  }
}

/**
 * Headers of the RTP packets that a log of libwebrtc saw come in; those of SSRCs that the log knows as video are counted.
 *
 * Both formats are read: the one of single events in µs, and the one of batches of differences in ms.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`
 */
export function* readRtcEventLog(cursor: ByteCursor): Generator<CaptureRecord> {
  const videoSsrcs = new Set<number>();
  while (cursor.remainingBytes > 0) {
    const offset = cursor.offset;
    const { field, bytes } = takeMessage(cursor);
    let records: CaptureRecord[];
    try {
      records = recordsOf(field, bytes, offset, videoSsrcs);
    } catch (error) {
      throw cursor.bad(offset, `an event that cannot be read: ${messageOf(error)}`);
    }
    yield* records;
  }
}

function takeMessage(cursor: ByteCursor): { field: number; bytes: Uint8Array } {
  const offset = cursor.offset;
  const prefix = cursor.peek(Math.min(MAX_PREFIX_BYTES, cursor.remainingBytes), 'an event');
  const reader = new BinaryReader(prefix);
  let field: number;
  let length: number;
  try {
    const [number, wireType] = reader.tag();
    if (wireType !== WireType.LengthDelimited) throw new Error(`wire type ${wireType}`);
    field = number;
    length = reader.uint32();
  } catch (error) {
    const what = `no event of a log: ${messageOf(error)}`;
    if (prefix.every((byte) => byte === 0)) throw cursor.cutShort(offset, what);
    // Less than a prefix may take is a prefix that was cut.
    throw prefix.length < MAX_PREFIX_BYTES
      ? cursor.cutShort(offset, what)
      : cursor.bad(offset, what);
  }
  cursor.skip(reader.pos, 'an event');
  return { field, bytes: cursor.take(length, 'an event') };
}

function recordsOf(
  field: number,
  bytes: Uint8Array,
  offset: number,
  videoSsrcs: Set<number>,
): CaptureRecord[] {
  switch (field) {
    case LEGACY_EVENT:
      return legacyRecords(bytes, offset, videoSsrcs);
    case INCOMING_RTP_PACKETS:
      return readPacketBatch(bytes).map((packet) => recordOf(packet, offset, videoSsrcs));
    case INCOMING_RTCP_PACKETS:
      return [rtcpRecord(numberOf(bytes, 1) * 1000, offset)];
    case VIDEO_RECEIVE_CONFIG:
      addVideo(videoSsrcs, numberOf(bytes, 2), numberOf(bytes, 4));
      return [];
    default:
      return [];
  }
}

function recordOf(
  { timeUs, header, payloadBytes, isWhole }: LoggedPacket,
  offset: number,
  videoSsrcs: ReadonlySet<number>,
): CaptureRecord {
  const isVideo = header.length >= FIXED_HEADER_BYTES && videoSsrcs.has(header.readUInt32BE(8));
  const linkLayer: LinkLayer = isVideo ? 'video-payload' : 'udp-payload';
  const originalBytes = header.length + payloadBytes;
  const record = { timeUs, linkLayer, ...ownBytes(header), originalBytes, offset };
  return isWhole ? record : { ...record, isHeaderOnly: true };
}

/** What the log keeps of RTCP is whole, but no RTP: it is counted. */
function rtcpRecord(timeUs: number, offset: number): CaptureRecord {
  const nothing = ownBytes(new Uint8Array(0));
  return { timeUs, linkLayer: 'rtcp-payload', ...nothing, originalBytes: 0, offset };
}

function legacyRecords(
  bytes: Uint8Array,
  offset: number,
  videoSsrcs: Set<number>,
): CaptureRecord[] {
  const reader = new BinaryReader(bytes);
  let timeUs = 0;
  const records: CaptureRecord[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === EVENT_TIMESTAMP_US && wireType === WireType.Varint) {
      timeUs = safe(Number(reader.int64()));
    } else if (field === EVENT_RTP_PACKET && wireType === WireType.LengthDelimited) {
      const packet = legacyPacket(reader.bytes(), timeUs);
      if (packet !== undefined) records.push(recordOf(packet, offset, videoSsrcs));
    } else if (field === EVENT_RTCP_PACKET && wireType === WireType.LengthDelimited) {
      if (numberOf(reader.bytes(), 1) === 1) records.push(rtcpRecord(timeUs, offset));
    } else if (field === EVENT_VIDEO_RECEIVE_CONFIG && wireType === WireType.LengthDelimited) {
      addVideo(videoSsrcs, numberOf(reader.bytes(), 1), 0);
    } else {
      reader.skip(wireType, field);
    }
  }
  return records;
}

/** Of what came in; what was sent is not what this end heard. */
function legacyPacket(bytes: Uint8Array, timeUs: number): LoggedPacket | undefined {
  const reader = new BinaryReader(bytes);
  let isIncoming = false;
  let packetBytes = 0;
  let header: Buffer = Buffer.alloc(0);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1 && wireType === WireType.Varint) isIncoming = reader.bool();
    else if (field === 3 && wireType === WireType.Varint) packetBytes = reader.uint32();
    else if (field === 4 && wireType === WireType.LengthDelimited)
      header = Buffer.from(reader.bytes());
    else reader.skip(wireType, field);
  }
  if (!isIncoming) return undefined;
  if (packetBytes < header.length) {
    throw new Error(`a packet of ${packetBytes} bytes with ${header.length} of header`);
  }
  return { timeUs, header, payloadBytes: packetBytes - header.length, isWhole: false };
}

/** The value of an integer field, 0 where there is none. */
function numberOf(bytes: Uint8Array, wanted: number): number {
  const reader = new BinaryReader(bytes);
  let value = 0;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.Varint) value = safe(Number(reader.uint64()));
    else reader.skip(wireType, field);
  }
  return value;
}

function addVideo(ssrcs: Set<number>, ssrc: number, rtxSsrc: number): void {
  if (ssrcs.size >= MAX_VIDEO_SSRCS) return;
  ssrcs.add(ssrc);
  if (rtxSsrc !== 0) ssrcs.add(rtxSsrc);
}

function safe(value: number): number {
  if (value >= 0 && Number.isSafeInteger(value * 1000)) return value;
  throw new Error(`the number ${value}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
