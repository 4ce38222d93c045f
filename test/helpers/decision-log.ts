import type { AudioFrame } from '../../src/index.js';
import type { Heard } from './hear.js';

/** So that a line that changed shows where. */
const FRAMES_A_LINE = 20;

/**
 * What the engine decided, in whole numbers and without a sample: one JSON line for each run of frames of the same length
 * and provenance (of 20 at the most), with the latency of each; one where a repair begins; the counters at the end.
 *
 * Where a repair ends is left out: it goes on until two decoders agree, and libopus computes in floating point.
 */
export function decisionLog({ frames, stats }: Heard): string {
  const lines: object[] = [];
  let run: { at: number; ticks: number; from: string; latencyUs: number[] } | undefined;
  let head = 0;
  let repairUs: number | undefined;
  for (const frame of frames) {
    if (frame.version > 0) {
      if (repairUs !== frame.finalisedUs) lines.push(repairLine(frame));
      repairUs = frame.finalisedUs;
      run = undefined;
      continue;
    }
    const { mediaTicks, durationTicks, provenance, latencyUs } = frame;
    const goesOn = run?.from === provenance && run.ticks === durationTicks && head === mediaTicks;
    if (run === undefined || !goesOn || run.latencyUs.length === FRAMES_A_LINE) {
      run = { at: mediaTicks, ticks: durationTicks, from: provenance, latencyUs: [] };
      lines.push(run);
    }
    run.latencyUs.push(latencyUs);
    head = mediaTicks + durationTicks;
  }
  lines.push({
    received: stats.packetsReceived,
    lost: stats.packetsLost,
    duplicate: stats.packetsDuplicate,
    reordered: stats.packetsReordered,
    late: stats.packetsLate,
    unrepairable: stats.packetsUnrepairable,
    discarded: stats.packetsDiscarded,
    restarts: stats.restarts,
    timestampJumps: stats.timestampJumps,
    discontinuities: stats.discontinuities,
    pathShifts: stats.pathShifts,
    concealmentEvents: stats.concealmentEvents,
    deadlineMisses: stats.deadlineMisses,
    repairs: stats.repairs,
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function repairLine({ mediaTicks, version, provenance, latencyUs }: AudioFrame): object {
  return { repairAt: mediaTicks, version, from: provenance, latencyUs };
}
