import { checkRange } from '../errors.js';
import { buildRtp, parseRtp, payloadOf } from '../receiver/rtp-packet.js';
import type { TimedPacket } from './delivery.js';

/** How a sender repeats its audio (RFC 2198). */
export interface RedSettings {
  /** Packets before it that each packet repeats, 1..8. */
  readonly distance: number;
  /** Payload type of RED. @defaultValue 63, as Chrome offers it */
  readonly payloadType?: number;
}

interface Block {
  readonly payloadType: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

// RFC 2198 3: 14 bits for how far back a block lies, 10 for its length.
const MAX_OFFSET_TICKS = (1 << 14) - 1;
const MAX_BLOCK_BYTES = (1 << 10) - 1;
const BLOCK_HEADER_BYTES = 4;
const MORE_FOLLOWS = 0x80;

/**
 * Packs each RTP packet with copies of those before it, oldest first. A copy that lies too far back or is too long for
 * its header is left out, as at the end of a pause.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function* withRed(
  packets: Iterable<TimedPacket>,
  { distance, payloadType = 63 }: RedSettings,
): Generator<TimedPacket> {
  checkRange('red.distance', distance, 1, 8);
  checkRange('red.payloadType', payloadType, 0, 127);
  const sent: Block[] = [];
  for (const packet of packets) {
    const header = parseRtp(packet.data);
    // What has no payload has nothing to be copied: padding is sent as it is.
    if (header === undefined || header.payloadLength === 0) {
      yield packet;
      continue;
    }
    const payload = payloadOf({ header, data: packet.data });
    const primary = { payloadType: header.payloadType, timestamp: header.timestamp, payload };
    const data = buildRtp({ ...header, payloadType }, redPayload(sent, primary));
    sent.push(primary);
    if (sent.length > distance) sent.shift();
    yield { atUs: packet.atUs, data };
  }
}

function redPayload(sent: readonly Block[], primary: Block): Uint8Array {
  const copies = sent.filter(({ timestamp, payload }) => {
    const offsetTicks = (primary.timestamp - timestamp) >>> 0;
    return offsetTicks <= MAX_OFFSET_TICKS && payload.length <= MAX_BLOCK_BYTES;
  });
  const headers = copies.map(({ payloadType, timestamp, payload }) => {
    const header = Buffer.alloc(BLOCK_HEADER_BYTES);
    const offsetTicks = (primary.timestamp - timestamp) >>> 0;
    header.writeUInt8(MORE_FOLLOWS | payloadType, 0);
    header.writeUIntBE((offsetTicks << 10) | payload.length, 1, 3);
    return header;
  });
  return Buffer.concat([
    ...headers,
    Uint8Array.of(primary.payloadType),
    ...copies.map(({ payload }) => payload),
    primary.payload,
  ]);
}
