import type { CapturedPacket } from './captured-packet.js';
import { isDynamic } from './payload-types.js';

const EVENT_BYTES = 4;
/** DTMF's digits, *, #, A to D, and flash (RFC 4733 3.2); what lies above is not sent any more. */
const LAST_EVENT = 16;
const RESERVED_BIT = 0x40;
/** An event is told in several packets of one timestamp; this many make it no accident. */
const MIN_PACKETS_OF_AN_EVENT = 3;

/** Counts telephone events by the look of their packets: which key it was is nobody's business here. */
export class TelephoneEventTally {
  events = 0;
  packets = 0;
  payloadType: number | undefined;
  #timestamp: number | undefined;
  #packetsOfEvent = 0;

  /** @returns whether it is one */
  add(packet: CapturedPacket): boolean {
    const { header, payloadBytes } = packet;
    if (payloadBytes !== undefined || header.payloadLength !== EVENT_BYTES) return false;
    if (!isDynamic(header.payloadType)) return false;
    const { data } = packet;
    const event = data[header.payloadOffset] ?? 0;
    const volume = data[header.payloadOffset + 1] ?? 0;
    if (event > LAST_EVENT || (volume & RESERVED_BIT) !== 0) return false;
    if (this.payloadType !== undefined && header.payloadType !== this.payloadType) return false;

    if (this.#timestamp !== header.timestamp) {
      this.#timestamp = header.timestamp;
      this.#packetsOfEvent = 0;
    }
    this.#packetsOfEvent++;
    if (this.#packetsOfEvent === MIN_PACKETS_OF_AN_EVENT) {
      this.payloadType = header.payloadType;
      this.events++;
      this.packets += MIN_PACKETS_OF_AN_EVENT;
    } else if (this.#packetsOfEvent > MIN_PACKETS_OF_AN_EVENT) {
      this.packets++;
    }
    return true;
  }
}
