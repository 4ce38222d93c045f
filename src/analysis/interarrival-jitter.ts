import { RunningJitter } from '../capture/jitter-meter.js';
import { TICKS_PER_MS } from '../receiver/audio-frame.js';
import type { ArrivalTrace } from './arrival-trace.js';

/** Interarrival jitter of RFC 3550 6.4.1, ms. */
export interface InterarrivalJitter {
  /** After the last packet, as a receiver report would carry it. */
  readonly lastMs: number;
  /** Over all packets. */
  readonly meanMs: number;
  readonly maxMs: number;
}

/**
 * Differences count in order of arrival, as in RFC 3550 A.8; what holds no audio keeps its sender's time all the same, but
 * for padding, whose time is that of a packet before it.
 */
export function interarrivalJitter(trace: ArrivalTrace): InterarrivalJitter {
  const jitterMs = new RunningJitter();
  let previousMs: number | undefined;
  for (const packet = trace.cursor(); packet.next(); ) {
    const { arrivalUs, mediaTicks, content } = packet;
    if (content === 'padding') continue;
    const transitMs = arrivalUs / 1000 - mediaTicks / TICKS_PER_MS;
    // The first counts as one that came when it was due.
    jitterMs.add(transitMs - (previousMs ?? transitMs));
    previousMs = transitMs;
  }
  return { lastMs: jitterMs.last, meanMs: jitterMs.mean, maxMs: jitterMs.max };
}
