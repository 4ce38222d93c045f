import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { decodeDeltas } from './fixed-length-deltas.js';

/** An RTP packet of which a log kept the header. */
export interface LoggedPacket {
  readonly timeUs: number;
  /** The header; all of a packet that held nothing but padding. */
  readonly header: Buffer;
  readonly payloadBytes: number;
  readonly isWhole: boolean;
}

/** Fields of IncomingRtpPackets: of the first packet, and of the differences of those behind it. */
const FIELDS = {
  timestampMs: { first: 1, deltas: 101, wireType: WireType.Varint },
  marker: { first: 2, deltas: 102, wireType: WireType.Varint },
  payloadType: { first: 3, deltas: 103, wireType: WireType.Varint },
  sequenceNumber: { first: 4, deltas: 104, wireType: WireType.Varint },
  rtpTimestamp: { first: 5, deltas: 105, wireType: WireType.Bit32 },
  ssrc: { first: 6, deltas: 106, wireType: WireType.Bit32 },
  payloadSize: { first: 8, deltas: 108, wireType: WireType.Varint },
  paddingSize: { first: 10, deltas: 110, wireType: WireType.Varint },
} as const;
type FieldName = keyof typeof FIELDS;
const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];
const NUMBER_OF_DELTAS = 11;
/** libwebrtc writes a batch at the latest when it has 10,000 events. */
const MAX_BATCH_PACKETS = 65_536;
const MAX_PAYLOAD_BYTES = 65_495;
// RFC 3550 5.1.
const FIXED_HEADER_BYTES = 12;
const PADDING_BIT = 0x20;
const MAX_PADDING_BYTES = 255;

/**
 * The packets of a batch, in the order of the log.
 *
 * @see libwebrtc's rtc_event_log2.proto at 4b8877f, IncomingRtpPackets
 * @throws {Error} for bytes that are no such batch
 */
export function readPacketBatch(bytes: Uint8Array): LoggedPacket[] {
  const { firsts, deltas, deltaCount } = readFields(bytes);
  if (deltaCount > MAX_BATCH_PACKETS) throw new Error(`a batch of ${deltaCount} packets`);
  const columns = new Map<FieldName, readonly (number | undefined)[]>();
  for (const name of FIELD_NAMES) {
    const first = firsts.get(FIELDS[name].first) ?? 0;
    const values = decodeDeltas(
      deltas.get(FIELDS[name].deltas) ?? new Uint8Array(0),
      first,
      deltaCount,
    );
    if (values === undefined) throw new Error(`differences of ${name} that are no such encoding`);
    columns.set(name, [first, ...values]);
  }
  return Array.from({ length: deltaCount + 1 }, (_, index) =>
    packetOf((name) => columns.get(name)?.[index] ?? 0),
  );
}

function packetOf(numberOf: (name: FieldName) => number): LoggedPacket {
  const payloadBytes = numberOf('payloadSize');
  const timeUs = numberOf('timestampMs') * 1000;
  const paddingBytes = numberOf('paddingSize');
  if (paddingBytes > MAX_PADDING_BYTES) throw new Error(`${paddingBytes} bytes of padding`);
  if (payloadBytes > MAX_PAYLOAD_BYTES || !Number.isSafeInteger(timeUs)) {
    throw new Error(`a packet of ${payloadBytes} bytes at ${timeUs} µs`);
  }
  // Beside a payload padding is no matter; alone it is the packet, and its length is all that there is to know of it.
  const isWhole = payloadBytes === 0 && paddingBytes > 0;
  const header = Buffer.alloc(FIXED_HEADER_BYTES + (isWhole ? paddingBytes : 0));
  header.writeUInt8(0x80 | (isWhole ? PADDING_BIT : 0), 0);
  if (isWhole) header.writeUInt8(paddingBytes, header.length - 1);
  header.writeUInt8(((numberOf('marker') & 1) << 7) | (numberOf('payloadType') & 0x7f), 1);
  header.writeUInt16BE(numberOf('sequenceNumber') & 0xffff, 2);
  header.writeUInt32BE(numberOf('rtpTimestamp') >>> 0, 4);
  header.writeUInt32BE(numberOf('ssrc') >>> 0, 8);
  return { timeUs, header, payloadBytes, isWhole };
}

function readFields(bytes: Uint8Array): {
  readonly firsts: ReadonlyMap<number, number>;
  readonly deltas: ReadonlyMap<number, Uint8Array>;
  readonly deltaCount: number;
} {
  const wireTypes = new Map<number, WireType>(
    FIELD_NAMES.map((name) => [FIELDS[name].first, FIELDS[name].wireType]),
  );
  const firsts = new Map<number, number>();
  const deltas = new Map<number, Uint8Array>();
  let deltaCount = 0;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === NUMBER_OF_DELTAS && wireType === WireType.Varint) deltaCount = reader.uint32();
    else if (wireTypes.get(field) === wireType) firsts.set(field, readNumber(reader, wireType));
    else if (field > 100 && wireType === WireType.LengthDelimited)
      deltas.set(field, reader.bytes());
    else reader.skip(wireType, field);
  }
  return { firsts, deltas, deltaCount };
}

function readNumber(reader: BinaryReader, wireType: WireType): number {
  const value = wireType === WireType.Bit32 ? reader.fixed32() : Number(reader.uint64());
  if (value <= 2 ** 52) return value;
  throw new Error(`the number ${value}`);
}
