const LINKTYPE_ETHERNET = 1;
const SNAP_BYTES = 65_535;
const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const UDP_BYTES = 8;
const HEADERS_BYTES: number = ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES;
const MAX_PAYLOAD_BYTES: number = 65_535 - IPV4_BYTES - UDP_BYTES;

/** Who the packets of a written capture go between: two ports of the loopback address. */
export interface PcapEndpoints {
  /** @defaultValue 40000 */
  readonly sourcePort?: number;
  /** @defaultValue 50000 */
  readonly destinationPort?: number;
  /** Time of `atUs` 0, s since 1970. @defaultValue 0 */
  readonly startSeconds?: number;
}

/**
 * A pcap file (µs, little endian; Ethernet, IPv4, UDP) of the given UDP payloads.
 *
 * @param packets - `atUs` in integer µs, not negative; `data` up to 65507 bytes
 * @throws {RangeError} for a payload that is too long
 */
export function writePcap(
  packets: Iterable<{ readonly atUs: number; readonly data: Uint8Array }>,
  endpoints: PcapEndpoints = {},
): Buffer {
  return Buffer.concat([...pcapParts(packets, endpoints)]);
}

/**
 * The same file piece by piece: its header, then a piece for each packet.
 *
 * @throws {RangeError} for a payload that is too long
 */
export function* pcapParts(
  packets: Iterable<{ readonly atUs: number; readonly data: Uint8Array }>,
  { sourcePort = 40_000, destinationPort = 50_000, startSeconds = 0 }: PcapEndpoints = {},
): Generator<Buffer> {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4); // version 2.4
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_BYTES, 16);
  header.writeUInt32LE(LINKTYPE_ETHERNET, 20);
  yield header;

  for (const { atUs, data } of packets) {
    if (data.length > MAX_PAYLOAD_BYTES)
      throw new RangeError(`A UDP payload of ${data.length} bytes`);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(startSeconds + Math.floor(atUs / 1_000_000), 0);
    record.writeUInt32LE(atUs % 1_000_000, 4);
    record.writeUInt32LE(HEADERS_BYTES + data.length, 8);
    record.writeUInt32LE(HEADERS_BYTES + data.length, 12);
    yield Buffer.concat([record, headersOf(data.length, sourcePort, destinationPort), data]);
  }
}

/** Ethernet, IPv4 and UDP headers; the UDP checksum is 0, "none" (RFC 768). */
function headersOf(payloadBytes: number, sourcePort: number, destinationPort: number): Buffer {
  const headers = Buffer.alloc(HEADERS_BYTES);
  headers.writeUInt16BE(0x0800, 12);
  const ip = headers.subarray(ETHERNET_BYTES);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(IPV4_BYTES + UDP_BYTES + payloadBytes, 2);
  ip.writeUInt8(64, 8); // time to live
  ip.writeUInt8(17, 9); // UDP
  ip.writeUInt32BE(0x7f000001, 12);
  ip.writeUInt32BE(0x7f000001, 16);
  ip.writeUInt16BE(internetChecksum(ip.subarray(0, IPV4_BYTES)), 10);
  const udp = ip.subarray(IPV4_BYTES);
  udp.writeUInt16BE(sourcePort, 0);
  udp.writeUInt16BE(destinationPort, 2);
  udp.writeUInt16BE(UDP_BYTES + payloadBytes, 4);
  return headers;
}

/** RFC 1071. */
function internetChecksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
