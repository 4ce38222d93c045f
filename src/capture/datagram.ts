import { linkPayloadOf } from './link-layer.js';
import { uint16At } from './network-order.js';
import type { CaptureRecord } from './record.js';
import { rtpHeaderOnly } from './rtp-header-only.js';

/** Why a record of a capture is not a UDP payload that can be replayed. */
export type SkipReason =
  /** RTCP in an rtpdump file or an RTC event log. */
  | 'rtcp'
  /** Video in an RTC event log. */
  | 'video'
  | 'unknown-link-layer'
  /** ARP, IPX, spanning tree and the like. */
  | 'not-ip'
  | 'not-udp'
  /** A fragment of an IP packet: fragments are not put together. */
  | 'ip-fragment'
  /** The capture's snap length cut the payload, and it is no RTP or not even its RTP header is whole. */
  | 'clipped'
  /** RTP that no SRTP key authenticates: of another stream, damaged, or the key is wrong. */
  | 'srtp-unauthentic'
  /** Lengths that contradict each other. */
  | 'malformed';

/** What to do about `ip-fragment`. */
export const FRAGMENT_HELP =
  'IP fragments are not put together: capture where packets are whole, or have the sender make smaller ones';

/** Where a UDP payload lies, and the ports it went between: one for all of a pass, filled in for each. */
export class UdpPayload {
  /** The memory that it lies in; of RTP whose payload was not captured, that of its header. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  length = 0;
  /** Set where it is an RTP header alone: the payload that the packet had on the wire, bytes; 0 if not even that is known. */
  payloadBytes: number | undefined = undefined;
  /** Undefined where the capture does not tell (rtpdump). */
  sourcePort: number | undefined = undefined;
  destinationPort: number | undefined = undefined;
}

const NO_BYTES = new Uint8Array(0);
const PROTOCOL_UDP = 17;
const UDP_HEADER_BYTES = 8;
// IPv6 extension headers that may stand before UDP (RFC 8200 4.1, RFC 4302).
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MAX_EXTENSION_HEADERS = 8;

/**
 * Finds the UDP payload of a record.
 *
 * @param found - is filled in where there is one
 * @returns why there is none; `undefined` where there is
 */
export function findUdpPayload(record: CaptureRecord, found: UdpPayload): SkipReason | undefined {
  const { linkLayer, bytes, start, length } = record;
  const isClipped = record.originalBytes > length || record.isHeaderOnly === true;
  found.sourcePort = undefined;
  found.destinationPort = undefined;
  if (linkLayer === undefined) return 'unknown-link-layer';
  if (linkLayer === 'rtcp-payload') return 'rtcp';
  if (linkLayer === 'video-payload') return 'video';
  const end = start + length;
  if (linkLayer === 'udp-payload') {
    return isClipped
      ? headerOnly(bytes.subarray(start, end), record.originalBytes, found)
      : whole(bytes, start, end, found);
  }
  // What is missing at the end of a record was either cut by the snap length or never there.
  const missing: SkipReason = isClipped ? 'clipped' : 'malformed';
  const link = linkPayloadOf(linkLayer, bytes, start, end);
  if (link === 'too-short') return missing;
  if (link === 'not-ip') return 'not-ip';
  return link.version === 4
    ? ipv4(bytes, link.at, end, missing, found)
    : ipv6(bytes, link.at, end, missing, found);
}

/** @param at - where the IP packet begins; `ipv6` and `udp` have theirs alike */
function ipv4(
  bytes: Uint8Array,
  at: number,
  end: number,
  missing: SkipReason,
  found: UdpPayload,
): SkipReason | undefined {
  const capturedBytes = end - at;
  if (capturedBytes < 20) return missing;
  const first = bytes[at] as number;
  const headerBytes = (first & 0x0f) * 4;
  const totalBytes = uint16At(bytes, at + 2) || capturedBytes; // 0 where the network card was to fill it in
  if (first >> 4 !== 4 || headerBytes < 20 || totalBytes < headerBytes) return 'malformed';
  const moreFragmentsOrOffset = uint16At(bytes, at + 6) & 0x3fff;
  if (moreFragmentsOrOffset !== 0) return 'ip-fragment';
  if (bytes[at + 9] !== PROTOCOL_UDP) return 'not-udp';
  return udp(bytes, at + headerBytes, Math.min(end, at + totalBytes), missing, found);
}

function ipv6(
  bytes: Uint8Array,
  start: number,
  end: number,
  missing: SkipReason,
  found: UdpPayload,
): SkipReason | undefined {
  if (end - start < 40) return missing;
  if ((bytes[start] as number) >> 4 !== 6) return 'malformed';
  const ipEnd = start + 40 + (uint16At(bytes, start + 4) || end - start - 40);
  let next = bytes[start + 6] as number;
  let at = start + 40;
  for (let headers = 0; headers < MAX_EXTENSION_HEADERS; headers++) {
    if (next === PROTOCOL_UDP) return udp(bytes, at, Math.min(end, ipEnd), missing, found);
    if (next === FRAGMENT) return 'ip-fragment';
    const counted = next === HOP_BY_HOP || next === ROUTING || next === DESTINATION_OPTIONS;
    if (!counted && next !== AUTHENTICATION) return 'not-udp';
    if (end < at + 8) return missing;
    const length = bytes[at + 1] as number;
    next = bytes[at] as number;
    at += counted ? (length + 1) * 8 : (length + 2) * 4;
  }
  return 'malformed';
}

/** @param end - of the IP packet by its own length, or of the frame where that ends before it */
function udp(
  bytes: Uint8Array,
  at: number,
  end: number,
  missing: SkipReason,
  found: UdpPayload,
): SkipReason | undefined {
  const segmentBytes = end - at;
  if (segmentBytes < UDP_HEADER_BYTES) return missing;
  const lengthBytes = uint16At(bytes, at + 4);
  if (lengthBytes < UDP_HEADER_BYTES) return 'malformed';
  const payloadAt = at + UDP_HEADER_BYTES;
  found.sourcePort = uint16At(bytes, at);
  found.destinationPort = uint16At(bytes, at + 2);
  if (lengthBytes <= segmentBytes) return whole(bytes, payloadAt, at + lengthBytes, found);
  if (missing !== 'clipped') return missing;
  return headerOnly(bytes.subarray(payloadAt, end), lengthBytes - UDP_HEADER_BYTES, found);
}

function whole(bytes: Uint8Array, start: number, end: number, found: UdpPayload): undefined {
  found.bytes = bytes;
  found.start = start;
  found.length = end - start;
  found.payloadBytes = undefined;
}

function headerOnly(
  captured: Uint8Array,
  packetBytes: number,
  found: UdpPayload,
): SkipReason | undefined {
  const header = rtpHeaderOnly(captured, packetBytes);
  if (header === undefined) return 'clipped';
  found.bytes = header.data;
  found.start = 0;
  found.length = header.data.length;
  found.payloadBytes = header.payloadBytes;
  return undefined;
}
