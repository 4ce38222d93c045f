import { type LinkPayload, linkPayloadOf } from './link-layer.js';
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
      ? headerOnly(viewOf(data), record.originalBytes, ports)
      : { data, payloadBytes: undefined, ...ports };
  }
  // What is missing at the end of a record was either cut by the snap length or never there.
  const missing: SkipReason = isClipped ? 'clipped' : 'malformed';
  const link = linkPayloadOf(linkLayer, viewOf(data));
  if (link === 'too-short') return missing;
  if (link === 'not-ip') return 'not-ip';
  return link.version === 4 ? ipv4(link, missing) : ipv6(link, missing);
}

function viewOf(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function ipv4({ packet }: LinkPayload, missing: SkipReason): UdpPayload | SkipReason {
  if (packet.length < 20) return missing;
  const headerBytes = (packet.readUInt8(0) & 0x0f) * 4;
  const totalBytes = packet.readUInt16BE(2) || packet.length; // 0 where the network card was to fill it in
  if (packet.readUInt8(0) >> 4 !== 4 || headerBytes < 20 || totalBytes < headerBytes)
    return 'malformed';
  const moreFragmentsOrOffset = packet.readUInt16BE(6) & 0x3fff;
  if (moreFragmentsOrOffset !== 0) return 'ip-fragment';
  if (packet.readUInt8(9) !== PROTOCOL_UDP) return 'not-udp';
  return udp(packet.subarray(headerBytes, totalBytes), missing);
}

function ipv6({ packet }: LinkPayload, missing: SkipReason): UdpPayload | SkipReason {
  if (packet.length < 40) return missing;
  if (packet.readUInt8(0) >> 4 !== 6) return 'malformed';
  const end = 40 + (packet.readUInt16BE(4) || packet.length - 40);
  let next = packet.readUInt8(6);
  let at = 40;
  for (let headers = 0; headers < MAX_EXTENSION_HEADERS; headers++) {
    if (next === PROTOCOL_UDP) return udp(packet.subarray(at, end), missing);
    if (next === FRAGMENT) return 'ip-fragment';
    const counted = next === HOP_BY_HOP || next === ROUTING || next === DESTINATION_OPTIONS;
    if (!counted && next !== AUTHENTICATION) return 'not-udp';
    if (packet.length < at + 8) return missing;
    const length = packet.readUInt8(at + 1);
    next = packet.readUInt8(at);
    at += counted ? (length + 1) * 8 : (length + 2) * 4;
  }
  return 'malformed';
}

function udp(segment: Buffer, missing: SkipReason): UdpPayload | SkipReason {
  if (segment.length < UDP_HEADER_BYTES) return missing;
  const lengthBytes = segment.readUInt16BE(4);
  if (lengthBytes < UDP_HEADER_BYTES) return 'malformed';
  const ports = {
    sourcePort: segment.readUInt16BE(0),
    destinationPort: segment.readUInt16BE(2),
  };
  if (lengthBytes > segment.length) {
    if (missing !== 'clipped') return missing;
    return headerOnly(segment.subarray(UDP_HEADER_BYTES), lengthBytes - UDP_HEADER_BYTES, ports);
  }
  return {
    data: segment.subarray(UDP_HEADER_BYTES, lengthBytes),
    payloadBytes: undefined,
    ...ports,
  };
}

function headerOnly(
  captured: Buffer,
  packetBytes: number,
  ports: Pick<UdpPayload, 'sourcePort' | 'destinationPort'>,
): UdpPayload | SkipReason {
  const header = rtpHeaderOnly(captured, packetBytes);
  return header === undefined ? 'clipped' : { ...header, ...ports };
}
