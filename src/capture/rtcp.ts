/** What an RTCP sender report says of its sender's clock (RFC 3550 6.4.1). */
export interface SenderReport {
  readonly ssrc: number;
  /** The sender's wall clock, µs since 1900; integer. */
  readonly ntpUs: number;
  /** The same moment on the clock of its RTP timestamps. */
  readonly timestamp: number;
}

const SENDER_REPORT = 200;
const SENDER_INFO_BYTES = 28;
const HEADER_BYTES = 4;

/** The sender report that an RTCP packet begins with; compound packets have theirs in front. */
export function senderReportOf(packet: Uint8Array): SenderReport | undefined {
  if (packet.length < SENDER_INFO_BYTES) return undefined;
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  if (bytes.readUInt8(0) >> 6 !== 2 || bytes.readUInt8(1) !== SENDER_REPORT) return undefined;
  const lengthBytes = HEADER_BYTES + 4 * bytes.readUInt16BE(2);
  if (lengthBytes < SENDER_INFO_BYTES || lengthBytes > bytes.length) return undefined;
  const fractionUs = Math.floor((bytes.readUInt32BE(12) * 1e6) / 2 ** 32);
  return {
    ssrc: bytes.readUInt32BE(4),
    ntpUs: bytes.readUInt32BE(8) * 1e6 + fractionUs,
    timestamp: bytes.readUInt32BE(16),
  };
}
