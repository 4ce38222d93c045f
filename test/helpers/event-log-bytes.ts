// RTC event logs, put together from libwebrtc's rtc_event_log.proto and rtc_event_log2.proto, apart from the readers.

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface LoggedRtp {
  readonly atUs: number;
  readonly data: Uint8Array;
  /** @defaultValue true */
  readonly isIncoming?: boolean;
}

const LOG_START = 1;
const RTP_EVENT = 3;

function legacyEvent(
  timestampUs: number,
  type: number,
  subtype?: [number, Uint8Array],
): Uint8Array {
  const event = new BinaryWriter();
  event.tag(1, WireType.Varint).int64(timestampUs).tag(2, WireType.Varint).int32(type);
  if (subtype !== undefined) event.tag(subtype[0], WireType.LengthDelimited).bytes(subtype[1]);
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(event.finish()).finish();
}

/** The format of single events; headers are 12 bytes. */
export function legacyEventLog(
  packets: readonly LoggedRtp[],
  { videoSsrc }: { videoSsrc?: number } = {},
): Buffer {
  const startUs = packets[0]?.atUs ?? 0;
  return Buffer.concat([
    legacyEvent(startUs, LOG_START),
    ...(videoSsrc === undefined
      ? []
      : [legacyEvent(startUs, 8, [8, new BinaryWriter().tag(1, 0).uint32(videoSsrc).finish()])]),
    ...packets.map(({ atUs, data, isIncoming = true }) => {
      const packet = new BinaryWriter();
      packet.tag(1, WireType.Varint).bool(isIncoming);
      packet.tag(3, WireType.Varint).uint32(data.length);
      packet.tag(4, WireType.LengthDelimited).bytes(data.subarray(0, 12));
      return legacyEvent(atUs, RTP_EVENT, [3, packet.finish()]);
    }),
  ]);
}

/** The format of batches: each of the given lists is one IncomingRtpPackets. */
export function eventLog(
  batches: readonly (readonly LoggedRtp[])[],
  { videoSsrc }: { videoSsrc?: number } = {},
): Buffer {
  const start = new BinaryWriter();
  start.tag(1, WireType.Varint).int64(1).tag(2, WireType.Varint).uint32(2);
  start.tag(3, WireType.Varint).int64(1);
  const stream = new BinaryWriter().tag(16, WireType.LengthDelimited).bytes(start.finish());
  if (videoSsrc !== undefined) {
    const config = new BinaryWriter().tag(1, 0).int64(1).tag(2, 0).uint32(videoSsrc).finish();
    stream.tag(103, WireType.LengthDelimited).bytes(config);
  }
  for (const batch of batches)
    stream.tag(2, WireType.LengthDelimited).bytes(incomingPackets(batch));
  const end = new BinaryWriter().tag(1, WireType.Varint).int64(9).finish();
  return Buffer.from(stream.tag(17, WireType.LengthDelimited).bytes(end).finish());
}

function paddingOf(packet: Buffer): number {
  return (packet.readUInt8(0) & 0x20) === 0 ? 0 : packet.readUInt8(packet.length - 1);
}

function incomingPackets(packets: readonly LoggedRtp[]): Uint8Array {
  const views = packets.map(({ data }) => Buffer.from(data));
  const columns: readonly (readonly [number, number, readonly number[]])[] = [
    [1, 101, packets.map(({ atUs }) => Math.round(atUs / 1000))],
    [2, 102, views.map((view) => view.readUInt8(1) >> 7)],
    [3, 103, views.map((view) => view.readUInt8(1) & 0x7f)],
    [4, 104, views.map((view) => view.readUInt16BE(2))],
    [5, 105, views.map((view) => view.readUInt32BE(4))],
    [6, 106, views.map((view) => view.readUInt32BE(8))],
    [8, 108, views.map((view) => view.length - 12 - paddingOf(view))],
    [9, 109, views.map(() => 12)],
    [10, 110, views.map(paddingOf)],
  ];
  const writer = new BinaryWriter();
  for (const [field, , [first = 0]] of columns) {
    const isFixed = field === 5 || field === 6;
    if (isFixed) writer.tag(field, WireType.Bit32).fixed32(first);
    else writer.tag(field, WireType.Varint).int64(first);
  }
  writer.tag(11, WireType.Varint).uint32(packets.length - 1);
  if (packets.length === 1) return writer.finish();
  for (const [, field, values] of columns) {
    const deltas = encodeDeltas(values);
    if (deltas.length > 0) writer.tag(field, WireType.LengthDelimited).bytes(deltas);
  }
  return writer.finish();
}

/** The first value is told elsewhere; the others as differences of one width (delta_encoding.cc). */
export function encodeDeltas(
  values: readonly (number | undefined)[],
  sign: 'unsigned' | 'signed' = 'unsigned',
): Uint8Array {
  const [first = 0, ...others] = values;
  if (others.every((value) => value === values[0])) return new Uint8Array(0);
  const there = others.filter((value) => value !== undefined);
  const isGrowing = there.every((value, index) => value >= (there[index - 1] ?? first));
  const isOptional = there.length < others.length;
  const valueBits = isGrowing && sign === 'unsigned' ? 64 : bitsOf(Math.max(first, ...there));
  const range = 2 ** Math.min(valueBits, 52);
  const steps = there.map((value, index) => {
    const step = value - (there[index - 1] ?? first);
    return sign === 'signed' ? step : (step + range) % range;
  });
  const deltaBits =
    sign === 'signed'
      ? 1 + bitsOf(Math.max(...steps.map((step) => Math.abs(step))))
      : bitsOf(Math.max(...steps));

  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push(Math.floor(value / 2 ** bit) % 2);
  };
  const isPlain = valueBits === 64 && sign === 'unsigned' && !isOptional;
  put(isPlain ? 0 : 1, 2);
  put(deltaBits - 1, 6);
  if (!isPlain) {
    put(sign === 'signed' ? 1 : 0, 1);
    put(isOptional ? 1 : 0, 1);
    put(valueBits - 1, 6);
  }
  if (isOptional) for (const value of others) put(value === undefined ? 0 : 1, 1);
  for (const step of steps) put(step < 0 ? step + 2 ** deltaBits : step, deltaBits);

  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [at, bit] of bits.entries())
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (bit << (7 - (at & 7)));
  return bytes;
}

function bitsOf(value: number): number {
  return Math.max(1, Math.floor(Math.log2(Math.max(value, 1))) + 1);
}
