import { ArrivalTrace } from '../analysis/arrival-trace.js';
import { packetReader } from '../analysis/packet-reading.js';
import type { Codecs } from '../capture/payload-types.js';
import { EarshotError } from '../errors.js';
import type { RtpPacketInfo } from '../receiver/rtp-packet.js';
import type { TimedPacket } from './delivery.js';

/** A packet of a captured stream. */
export interface CapturedPacket {
  /** Arrival, integer µs. */
  readonly atUs: number;
  readonly header: RtpPacketInfo;
  readonly data: Uint8Array;
}

/** The packets of a captured stream as its sender sent them. */
export interface SentAgain {
  readonly packets: readonly TimedPacket[];
  /** Numbers the capture does not hold: they cannot be sent again. */
  readonly missing: number;
  /** Copies left out. */
  readonly duplicates: number;
}

const US_PER_TICK = 1000 / 48;
/** A step of the timestamps this far from that of the arrivals is a sender that began to count anew. */
const MAX_DISAGREEMENT_US = 10_000_000;
const EVENT_DURATION_OFFSET = 2;

/**
 * Puts the packets of a captured stream back into the hands of an ideal sender: in order of their numbers, once each, and sent the
 * moment their audio was complete by their timestamps. What the captured network did to their times is undone; what it lost is
 * still lost.
 *
 * @param packets - in order of arrival
 * @throws {EarshotError} `EARSHOT_LIMIT_REACHED` for a stream of more than 4.5 million packets
 */
export function sentAgain(packets: Iterable<CapturedPacket>, codecs: Codecs): SentAgain {
  const trace = new ArrivalTrace();
  const read = packetReader(codecs);
  const captured: CapturedPacket[] = [];
  for (const packet of packets) {
    trace.add(packet.header, read(packet));
    captured.push(packet);
    if (trace.untraced === 0) continue;
    throw new EarshotError(
      'EARSHOT_LIMIT_REACHED',
      `A stream of more than ${trace.length} packets cannot be sent again`,
    );
  }
  const order = Array.from(captured, (_, index) => index);
  order.sort((a, b) => trace.at(a).sequence - trace.at(b).sequence);

  const sent: TimedPacket[] = [];
  let [missing, duplicates] = [0, 0];
  let previous: { sequence: number; endUs: number; arrivalUs: number } | undefined;
  let atUs = 0;
  for (const index of order) {
    const packet = captured[index] as CapturedPacket;
    const { sequence, mediaTicks, durationTicks, arrivalUs, content } = trace.at(index);
    if (sequence === previous?.sequence) {
      duplicates++;
      continue;
    }
    const heldTicks = content === 'telephone-event' ? eventTicks(packet, codecs) : durationTicks;
    const endUs = (mediaTicks + heldTicks) * US_PER_TICK;
    if (previous === undefined) {
      atUs = heldTicks * US_PER_TICK;
    } else {
      missing += sequence - previous.sequence - 1;
      const stepUs = endUs - previous.endUs;
      const arrivalStepUs = arrivalUs - previous.arrivalUs;
      const isAnew = Math.abs(stepUs - arrivalStepUs) > MAX_DISAGREEMENT_US;
      atUs += Math.max(0, isAnew ? arrivalStepUs : stepUs);
    }
    previous = { sequence, endUs, arrivalUs };
    sent.push({ atUs: Math.round(atUs), data: packet.data });
  }
  return { packets: sent, missing, duplicates };
}

/** How long a telephone event has lasted as this packet of it is sent (RFC 4733 2.3), 48 kHz ticks. */
function eventTicks({ header, data }: CapturedPacket, codecs: Codecs): number {
  const { payloadOffset, payloadLength, payloadType } = header;
  if (payloadLength < EVENT_DURATION_OFFSET + 2) return 0;
  const at = payloadOffset + EVENT_DURATION_OFFSET;
  const ticks = ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
  return (ticks * 48_000) / (Number(codecs[payloadType]?.split('/')[1]) || 8000);
}
