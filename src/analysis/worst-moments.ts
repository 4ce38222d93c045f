import type { ProvenanceTrack } from './cell-track.js';

/** A short time of a call with much made-up audio in it. */
export interface WorstMoment {
  readonly startMs: number;
  readonly durationMs: number;
  readonly concealedMs: number;
}

/** Bad places closer together are one moment. */
const APART_MS = 1000;
/** Runs held against one another: a hostile call could have millions. */
const MAX_CANDIDATES = 100_000;

/** The moments with most concealment, worst first. */
export function worstMoments(track: ProvenanceTrack, most: number): WorstMoment[] {
  const moments: { startMs: number; endMs: number; concealedMs: number }[] = [];
  for (const { kind, startMs, durationMs } of track.runs()) {
    if (kind !== 'plc') continue;
    const last = moments.at(-1);
    if (last !== undefined && startMs - last.endMs < APART_MS) {
      last.endMs = startMs + durationMs;
      last.concealedMs += durationMs;
    } else if (moments.length < MAX_CANDIDATES) {
      moments.push({ startMs, endMs: startMs + durationMs, concealedMs: durationMs });
    }
  }
  return moments
    .sort((a, b) => b.concealedMs - a.concealedMs || a.startMs - b.startMs)
    .slice(0, most)
    .map(({ startMs, endMs, concealedMs }) => ({
      startMs,
      durationMs: endMs - startMs,
      concealedMs,
    }));
}
