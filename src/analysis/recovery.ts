import { PROVENANCES, type Provenance } from '../receiver/audio-frame.js';
import { CELL_MS, type ProvenanceTrack } from './cell-track.js';

/** What one kind of audio came to. */
export interface RecoveryShare {
  /** Of what was handed out first. */
  readonly ms: number;
  readonly shareRatio: number;
  /** Stretches without a break. */
  readonly events: number;
  /** Of it, handed out again as another kind when the packet came after all. */
  readonly repairedMs: number;
}

/** Concealment that listeners hear as a break. */
export interface Interruptions {
  readonly thresholdMs: number;
  readonly count: number;
  readonly totalMs: number;
  /** Longest of any concealment, breaks or not. */
  readonly longestConcealmentMs: number;
}

/** From here libwebrtc's NetEq counts an interruption too; what is shorter is a blemish, not a break. */
const INTERRUPTION_MS = 150;

/**
 * Where the audio came from, and what of it was repaired later.
 *
 * @param repaired - the same time line with every repair in it
 */
export function recoveryTable(
  first: ProvenanceTrack,
  repaired: ProvenanceTrack,
): Readonly<Record<Provenance, RecoveryShare>> {
  const table = Object.fromEntries(
    PROVENANCES.map((name) => [name, { ms: 0, shareRatio: 0, events: 0, repairedMs: 0 }]),
  ) as Record<Provenance, { ms: number; shareRatio: number; events: number; repairedMs: number }>;
  let totalMs = 0;
  for (const { kind, durationMs } of first.runs()) {
    const row = table[kind];
    row.ms += durationMs;
    row.events++;
    totalMs += durationMs;
  }
  const repairedCells = first.countChanged(repaired);
  for (const [kind, provenance] of PROVENANCES.entries()) {
    const row = table[provenance];
    row.repairedMs = (repairedCells[kind] ?? 0) * CELL_MS;
    row.shareRatio = totalMs === 0 ? 0 : row.ms / totalMs;
  }
  return table;
}

/** Runs of concealment of 150 ms and more in what was handed out first. */
export function interruptionsOf(first: ProvenanceTrack): Interruptions {
  let count = 0;
  let totalMs = 0;
  let longestConcealmentMs = 0;
  for (const { kind, durationMs } of first.runs()) {
    if (kind !== 'plc') continue;
    longestConcealmentMs = Math.max(longestConcealmentMs, durationMs);
    if (durationMs < INTERRUPTION_MS) continue;
    count++;
    totalMs += durationMs;
  }
  return { thresholdMs: INTERRUPTION_MS, count, totalMs, longestConcealmentMs };
}
