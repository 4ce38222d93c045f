import { uint16At } from './network-order.js';

/** An RTP packet of which the capture kept the header. */
export interface RtpHeaderOnly {
  /** The header, its CSRCs and extension included; its padding bit is cleared, since no padding follows. */
  readonly data: Uint8Array;
  /** What stood behind the header on the wire, padding included. */
  readonly payloadBytes: number;
}

// RFC 3550 5.1.
const FIXED_HEADER_BYTES = 12;
const CSRC_BYTES = 4;
const EXTENSION_HEADER_BYTES = 4;
const PADDING = 0x20;
const EXTENSION = 0x10;

/**
 * The header of an RTP packet that was `packetBytes` long and whose captured part is `captured`.
 *
 * @returns `undefined` where it is no RTP, or where not even its header is whole
 */
export function rtpHeaderOnly(
  captured: Uint8Array,
  packetBytes: number,
): RtpHeaderOnly | undefined {
  if (captured.length < FIXED_HEADER_BYTES) return undefined;
  const first = captured[0] as number;
  const second = captured[1] as number;
  if (first >> 6 !== 2) return undefined;
  // RTCP on the same port (RFC 5761 4).
  if (second >= 192 && second <= 223) return undefined;

  let headerBytes = FIXED_HEADER_BYTES + CSRC_BYTES * (first & 0x0f);
  if ((first & EXTENSION) !== 0) {
    if (captured.length < headerBytes + EXTENSION_HEADER_BYTES) return undefined;
    headerBytes += EXTENSION_HEADER_BYTES + 4 * uint16At(captured, headerBytes + 2);
  }
  if (headerBytes > captured.length || headerBytes > packetBytes) return undefined;
  const data = Buffer.from(captured.subarray(0, headerBytes));
  data.writeUInt8(first & ~PADDING, 0);
  return { data, payloadBytes: packetBytes - headerBytes };
}
