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

/** A UDP payload and the ports it went between. */
export interface UdpPayload {
  /** All of it; of RTP whose payload was not captured, its header. */
  readonly data: Uint8Array;
  /** Set where `data` is an RTP header alone: the payload that the packet had on the wire, bytes; 0 if not even that is known. */
  readonly payloadBytes: number | undefined;
  /** Undefined where the capture does not tell (rtpdump). */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
}

const PROTOCOL_UDP = 17;
const UDP_HEADER_BYTES = 8;
// IPv6 extension headers that may stand before UDP (RFC 8200 4.1, RFC 4302).
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MAX_EXTENSION_HEADERS = 8;

/** The UDP payload of a record, or why it has none. */
export function udpPayloadOf(record: CaptureRecord): UdpPayload | SkipReason {
  const { linkLayer, data } = record;
  const isClipped = record.originalBytes > data.length || record.isHeaderOnly === true;
  if (linkLayer === undefined) return 'unknown-link-layer';
  if (linkLayer === 'rtcp-payload') return 'rtcp';
  if (linkLayer === 'video-payload') return 'video';
  if (linkLayer === 'udp-payload') {
    const ports = { sourcePort: undefined, destinationPort: undefined };
    return isClipped
      ? headerOnly(data, record.originalBytes, ports)
      : { data, payloadBytes: undefined, ...ports };
  }
  // What is missing at the end of a record was either cut by the snap length or never there.
  const missing: SkipReason = isClipped ? 'clipped' : 'malformed';
  const link = linkPayloadOf(linkLayer, data);
  if (link === 'too-short') return missing;
  if (link === 'not-ip') return 'not-ip';
  return link.version === 4 ? ipv4(data, link.at, missing) : ipv6(data, link.at, missing);
}

/** @param at - where the IP packet begins; `ipv6` and `udp` have theirs alike */
function ipv4(frame: Uint8Array, at: number, missing: SkipReason): UdpPayload | SkipReason {
  const capturedBytes = frame.length - at;
  if (capturedBytes < 20) return missing;
  const first = frame[at] as number;
  const headerBytes = (first & 0x0f) * 4;
  const totalBytes = uint16At(frame, at + 2) || capturedBytes; // 0 where the network card was to fill it in
  if (first >> 4 !== 4 || headerBytes < 20 || totalBytes < headerBytes) return 'malformed';
  const moreFragmentsOrOffset = uint16At(frame, at + 6) & 0x3fff;
  if (moreFragmentsOrOffset !== 0) return 'ip-fragment';
  if (frame[at + 9] !== PROTOCOL_UDP) return 'not-udp';
  return udp(frame, at + headerBytes, at + totalBytes, missing);
}

function ipv6(frame: Uint8Array, start: number, missing: SkipReason): UdpPayload | SkipReason {
  if (frame.length - start < 40) return missing;
  if ((frame[start] as number) >> 4 !== 6) return 'malformed';
  const end = start + 40 + (uint16At(frame, start + 4) || frame.length - start - 40);
  let next = frame[start + 6] as number;
  let at = start + 40;
  for (let headers = 0; headers < MAX_EXTENSION_HEADERS; headers++) {
    if (next === PROTOCOL_UDP) return udp(frame, at, end, missing);
    if (next === FRAGMENT) return 'ip-fragment';
    const counted = next === HOP_BY_HOP || next === ROUTING || next === DESTINATION_OPTIONS;
    if (!counted && next !== AUTHENTICATION) return 'not-udp';
    if (frame.length < at + 8) return missing;
    const length = frame[at + 1] as number;
    next = frame[at] as number;
    at += counted ? (length + 1) * 8 : (length + 2) * 4;
  }
  return 'malformed';
}

/** @param end - of the IP packet by its own length; the frame may end before it */
function udp(
  frame: Uint8Array,
  at: number,
  end: number,
  missing: SkipReason,
): UdpPayload | SkipReason {
  const segmentBytes = Math.min(end, frame.length) - at;
  if (segmentBytes < UDP_HEADER_BYTES) return missing;
  const lengthBytes = uint16At(frame, at + 4);
  if (lengthBytes < UDP_HEADER_BYTES) return 'malformed';
  const payloadAt = at + UDP_HEADER_BYTES;
  const sourcePort = uint16At(frame, at);
  const destinationPort = uint16At(frame, at + 2);
  if (lengthBytes > segmentBytes) {
    if (missing !== 'clipped') return missing;
    const captured = frame.subarray(payloadAt, at + segmentBytes);
    return headerOnly(captured, lengthBytes - UDP_HEADER_BYTES, { sourcePort, destinationPort });
  }
  const data = frame.subarray(payloadAt, at + lengthBytes);
  return { data, payloadBytes: undefined, sourcePort, destinationPort };
}

function headerOnly(
  captured: Uint8Array,
  packetBytes: number,
  ports: Pick<UdpPayload, 'sourcePort' | 'destinationPort'>,
): UdpPayload | SkipReason {
  const header = rtpHeaderOnly(captured, packetBytes);
  return header === undefined ? 'clipped' : { ...header, ...ports };
}
