import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { ArrivalTrace } from './arrival-trace.js';

/** Interarrival jitter of RFC 3550 6.4.1, ms. */
export interface InterarrivalJitter {
  /** After the last packet, as a receiver report would carry it. */
  readonly lastMs: number;
  /** Over all packets. */
  readonly meanMs: number;
  readonly maxMs: number;
}

const TICKS_PER_MS = TICKS_PER_SECOND / 1000;
/** Share by which an estimate moves to the newest difference (RFC 3550 6.4.1). */
const GAIN = 1 / 16;

/**
 * Differences count in order of arrival, as in RFC 3550 A.8; what holds no audio keeps its sender's time all the same, but
 * for padding, whose time is that of a packet before it.
 */
export function interarrivalJitter(trace: ArrivalTrace): InterarrivalJitter {
  let jitterMs = 0;
  let sumMs = 0;
  let maxMs = 0;
  let packets = 0;
  let previousMs: number | undefined;
  for (const packet = trace.cursor(); packet.next(); ) {
    const { arrivalUs, mediaTicks, content } = packet;
    if (content === 'padding') continue;
    const transitMs = arrivalUs / 1000 - mediaTicks / TICKS_PER_MS;
    if (previousMs !== undefined) {
      jitterMs += (Math.abs(transitMs - previousMs) - jitterMs) * GAIN;
    }
    previousMs = transitMs;
    packets++;
    sumMs += jitterMs;
    maxMs = Math.max(maxMs, jitterMs);
  }
  return { lastMs: jitterMs, meanMs: packets === 0 ? 0 : sumMs / packets, maxMs };
}
