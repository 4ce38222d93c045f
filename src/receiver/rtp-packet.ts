import { checkRange } from '../errors.js';
import { loadAddon } from './binding.js';

/** The fixed header of an RTP packet (RFC 3550 5.1) and where its payload lies, bytes. */
export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payloadOffset: number;
  readonly payloadLength: number;
}

/** What an Opus packet tells without being decoded (RFC 6716 3); durations in 48 kHz ticks. */
export interface OpusPacketInfo {
  readonly durationTicks: number;
  readonly frameTicks: number;
  readonly hasLbrr: boolean;
  readonly isDtx: boolean;
}

/** A packet's header and what its payload tells. */
export interface RtpPacketInfo extends RtpHeader {
  /** Undefined where the payload cannot be Opus. */
  readonly opus: OpusPacketInfo | undefined;
}

/** Numbers of a header in the addon's `packetFields`; those of Opus stand behind them. */
const RTP_FIELDS = 7;

/** Parses a packet by the engine's own parser; `undefined` for anything that is not RTP, RTCP included. */
export function parseRtp(packet: Uint8Array): RtpHeader | undefined {
  const addon = loadAddon();
  if (!addon.parseRtp(packet)) return undefined;
  const fields = addon.packetFields;
  return {
    payloadType: fields[0] as number,
    marker: fields[1] !== 0,
    sequenceNumber: fields[2] as number,
    timestamp: fields[3] as number,
    ssrc: fields[4] as number,
    payloadOffset: fields[5] as number,
    payloadLength: fields[6] as number,
  };
}

/** The same, looking into the payload as if it were Opus. */
export function inspectRtp(packet: Uint8Array): RtpPacketInfo | undefined {
  const header = parseRtp(packet);
  if (header === undefined) return undefined;
  const fields = loadAddon().packetFields;
  return { ...header, opus: fields[RTP_FIELDS] === 0 ? undefined : readOpus(fields) };
}

/** Words that `inspectRtpPackets` writes for a packet (native/addon/rtp_functions.cc). */
export const INSPECTED_WORDS = 6;

/**
 * The same for many packets that lie in one memory, as numbers.
 *
 * @param starts - where each begins
 * @param words - gets `INSPECTED_WORDS` for each
 * @returns how many are RTP; the words of the others are 0
 */
export function inspectRtpPackets(
  bytes: Uint8Array,
  starts: Uint32Array,
  lengths: Uint32Array,
  words: Uint32Array,
  count: number,
): number {
  return loadAddon().inspectRtpPackets(bytes, starts, lengths, words, count);
}

/** A whole packet and its header. Where `data` is made when it is asked for, it is asked for only where it is needed. */
interface ParsedPacket {
  readonly header: RtpHeader;
  readonly data: Uint8Array;
}

/** Whether a packet is padding and nothing else (RFC 3550 5.1). */
export function isPaddingAlone(packet: ParsedPacket): boolean {
  const { payloadOffset, payloadLength } = packet.header;
  return payloadLength === 0 && packet.data.length > payloadOffset;
}

/** A view of a packet's payload. */
export function payloadOf({ header, data }: ParsedPacket): Uint8Array {
  return data.subarray(header.payloadOffset, header.payloadOffset + header.payloadLength);
}

/** Data of the header extension element `id`, 1..255, in either form of RFC 8285; `undefined` where there is none. */
export function findRtpExtension(packet: Uint8Array, id: number): Uint8Array | undefined {
  checkRange('id', id, 1, 255);
  return loadAddon().findRtpExtension(packet, id);
}

/** Looks into an Opus payload; `undefined` where it is not one. */
export function parseOpus(payload: Uint8Array): OpusPacketInfo | undefined {
  const addon = loadAddon();
  return addon.parseOpus(payload) ? readOpus(addon.packetFields) : undefined;
}

function readOpus(fields: Uint32Array): OpusPacketInfo {
  return {
    durationTicks: fields[RTP_FIELDS] as number,
    frameTicks: fields[RTP_FIELDS + 1] as number,
    hasLbrr: fields[RTP_FIELDS + 2] !== 0,
    isDtx: fields[RTP_FIELDS + 3] !== 0,
  };
}

/** A block of a RED payload (RFC 2198 3). */
export interface RedBlock {
  readonly payloadType: number;
  /** How far it lies before the packet's timestamp, ticks of the RTP clock; 0 for the primary block alone. */
  readonly timestampOffset: number;
  /** A view of the payload. */
  readonly payload: Uint8Array;
}

/**
 * Takes a RED payload apart by the engine's own parser, oldest block first, the primary one last; unsound blocks are left
 * out.
 */
export function splitRed(payload: Uint8Array, redPayloadType: number): RedBlock[] {
  return loadAddon()
    .splitRed(payload, redPayloadType)
    .map(({ payloadType, timestampOffset, payloadOffset, payloadLength }) => ({
      payloadType,
      timestampOffset,
      payload: payload.subarray(payloadOffset, payloadOffset + payloadLength),
    }));
}

/** The part of an RTP header that a sender chooses. */
export interface RtpFields {
  /** 0..127 */
  readonly payloadType: number;
  /** 0..65535 */
  readonly sequenceNumber: number;
  /** 0..2^32-1 */
  readonly timestamp: number;
  /** 0..2^32-1 */
  readonly ssrc: number;
  readonly marker?: boolean;
}

/**
 * Writes an RTP packet without extensions (RFC 3550 5.1).
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` for a field out of its range
 */
export function buildRtp(fields: RtpFields, payload: Uint8Array): Uint8Array {
  checkRange('payloadType', fields.payloadType, 0, 127);
  checkRange('sequenceNumber', fields.sequenceNumber, 0, 0xffff);
  checkRange('timestamp', fields.timestamp, 0, 0xffffffff);
  checkRange('ssrc', fields.ssrc, 0, 0xffffffff);
  const packet = new Uint8Array(12 + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, (fields.marker ? 0x80 : 0) | fields.payloadType);
  view.setUint16(2, fields.sequenceNumber);
  view.setUint32(4, fields.timestamp);
  view.setUint32(8, fields.ssrc);
  packet.set(payload, 12);
  return packet;
}
