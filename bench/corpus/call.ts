import { parseOpus, parseRtp } from '../../src/index.js';
import { openCapture } from '../../src/replay/index.js';

/** A packet as it arrived, and the media position behind its last sample. */
export interface CallPacket {
  readonly data: Uint8Array;
  readonly atUs: number;
  readonly endTicks: number;
}

/** A captured call of one Opus stream, and the fastest that its network was. */
export interface CapturedCall {
  readonly packets: readonly CallPacket[];
  /** Length of a packet, 48 kHz ticks. */
  readonly packetTicks: number;
  /** When the packet that ends there would have come over the path at its best, µs; not from the engine. */
  lineUs(endTicks: number): number;
}

const US_PER_TICK = 1000 / 48;

/** Reads a capture; where the clocks drift, the slope of the line is taken from the quickest packets. */
export function readCall(path: string, drifts: 'drifting' | 'steady'): CapturedCall {
  const packets: CallPacket[] = [];
  let first: number | undefined;
  let packetTicks = 0;
  for (const { data, atUs } of openCapture(path)) {
    const header = parseRtp(data);
    if (header === undefined) continue;
    const { payloadOffset, payloadLength, timestamp } = header;
    const opus = parseOpus(data.subarray(payloadOffset, payloadOffset + payloadLength));
    if (opus === undefined) continue;
    first ??= timestamp;
    packetTicks ||= opus.durationTicks;
    packets.push({ data, atUs, endTicks: ((timestamp - first) | 0) + opus.durationTicks });
  }
  const slope = drifts === 'drifting' ? driftOf(packets) : 0;
  const delayUs = ({ atUs, endTicks }: CallPacket): number =>
    atUs - endTicks * US_PER_TICK * (1 + slope);
  const least = packets.reduce((low, one) => Math.min(low, delayUs(one)), Infinity);
  return {
    packets,
    packetTicks,
    lineUs: (endTicks) => least + endTicks * US_PER_TICK * (1 + slope),
  };
}

/** From the quickest packet of the first quarter to that of the last. */
function driftOf(packets: readonly CallPacket[]): number {
  const delayUs = ({ atUs, endTicks }: CallPacket): number => atUs - endTicks * US_PER_TICK;
  const quickest = (part: readonly CallPacket[]): CallPacket =>
    part.reduce((best, one) => (delayUs(one) < delayUs(best) ? one : best));
  const quarter = Math.floor(packets.length / 4);
  const a = quickest(packets.slice(0, quarter));
  const b = quickest(packets.slice(-quarter));
  return (delayUs(b) - delayUs(a)) / ((b.endTicks - a.endTicks) * US_PER_TICK);
}

/** The value that a share `ratio` of the values is at or below. */
export function quantile(values: readonly number[], ratio: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? Number.NaN;
}
