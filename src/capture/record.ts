import type { ByteCursor } from './byte-cursor.js';

/** What a record's bytes begin with; the numbers are the LINKTYPE_ registry's (draft-ietf-opsawg-pcaplinktype). */
export type LinkLayer =
  | 'loopback'
  | 'ethernet'
  | 'raw-ip'
  | 'linux-cooked'
  | 'linux-cooked-2'
  /** No network headers: the record is a UDP payload. */
  | 'udp-payload'
  /** The record is RTCP: rtpdump tells. */
  | 'rtcp-payload'
  /** The record is RTP of video: an RTC event log tells. */
  | 'video-payload';

/** One record of a capture file, of whatever format: its bytes lie in a memory that it shares with others. */
export interface CaptureRecord {
  /** When it was captured, integer µs on the file's own clock. */
  readonly timeUs: number;
  readonly linkLayer: LinkLayer | undefined;
  readonly bytes: Uint8Array;
  /** Where in `bytes` it begins. */
  readonly start: number;
  /** Bytes of it. */
  readonly length: number;
  /** Length it had on the wire, bytes; more than `length` when the capture was clipped. */
  readonly originalBytes: number;
  /** Where the record stands in the file. */
  readonly offset: number;
  /** Where its bytes stand in the file as they are; undefined where the file holds it in another form. */
  readonly dataOffset?: number;
  /** The file has no time of its own for it: `timeUs` is worked out from the packet. */
  readonly isUntimed?: true;
  /** It is an RTP header, whether or not `originalBytes` tells of more: the file keeps no payloads. */
  readonly isHeaderOnly?: true;
}

/**
 * Takes a record that is a whole UDP payload, as it stands in the file. Written out field by field: to spread parts of it
 * together would cost more than to find it.
 */
export function takeUdpPayload(
  cursor: ByteCursor,
  length: number,
  what: string,
  timeUs: number,
  offset: number,
): CaptureRecord {
  const dataOffset = cursor.offset;
  const start = cursor.takeBytes(length, what);
  return {
    timeUs,
    linkLayer: 'udp-payload',
    bytes: cursor.bytes,
    start,
    length,
    originalBytes: length,
    offset,
    dataOffset,
  };
}

/** The bytes of a record that has a memory of its own. */
export function ownBytes(bytes: Uint8Array): Pick<CaptureRecord, 'bytes' | 'start' | 'length'> {
  return { bytes, start: 0, length: bytes.length };
}

/** What a file says of its packets beside them; a reader fills it in. */
export interface CaptureFacts {
  /** What its audio is; payload types of their own do not tell. */
  rtpmap?: string | undefined;
}

const LINK_LAYERS: Readonly<Record<number, LinkLayer>> = {
  0: 'loopback', // NULL: address family in the host's byte order
  1: 'ethernet',
  12: 'raw-ip', // DLT_RAW as most systems number it
  101: 'raw-ip',
  108: 'loopback', // LOOP: address family in network byte order
  113: 'linux-cooked',
  228: 'raw-ip', // IPv4
  229: 'raw-ip', // IPv6
  276: 'linux-cooked-2',
};

export function linkLayerOf(linkType: number): LinkLayer | undefined {
  return LINK_LAYERS[linkType];
}

export const LINK_LAYER_HELP: string =
  'Ethernet, Linux cooked v1 and v2, raw IP and loopback can be read';
