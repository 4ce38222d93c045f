import { Random } from '../simulate/random.js';
import type { ArrivalTrace } from './arrival-trace.js';
import { type MinimumDelayLine, minimumDelayLine } from './minimum-delay-line.js';
import { BLOCK_MS, NetEqPlayer } from './neteq/player.js';
import type { NetEqReference } from './neteq/result.js';

/** Calls are played so many times, the guesses drawn anew. */
const RUNS = 8;
/** A hostile capture may be a day of pauses. */
const MAX_BLOCKS = 12 * 360_000;

/**
 * Plays a call as libwebrtc's NetEQ of 2025 and 2026 would by its own arithmetic of delays, 10 ms at a time, without audio.
 *
 * What NetEQ takes from the sound is drawn by lot: which period a stretch or a concealment takes, whether there is one, how
 * far a merge overlaps. The result is the mean of some runs, always the same ones. RFC 3389 comfort noise is left out, and
 * so is the smoothed buffer level, on which no decision of these revisions depends.
 */
export function netEqReference(trace: ArrivalTrace): NetEqReference {
  const line = minimumDelayLine(trace);
  return meanOf(Array.from({ length: RUNS }, (_, run) => playOnce(trace, line, run)));
}

function playOnce(trace: ArrivalTrace, line: MinimumDelayLine, seed: number): NetEqReference {
  const player = new NetEqPlayer(line, new Random(seed));
  let nowUs = firstBlockUs(trace, line);
  let next = 0;
  for (let block = 0; block < MAX_BLOCKS; block++) {
    while (next < trace.length && trace.at(next).arrivalUs < nowUs) player.insert(trace.at(next++));
    if (next === trace.length && player.isEmpty) break;
    player.playBlock(nowUs);
    nowUs += BLOCK_MS * 1000;
  }
  return player.result();
}

function meanOf(runs: readonly NetEqReference[]): NetEqReference {
  const mean = (pick: (run: NetEqReference) => number): number =>
    runs.reduce((sum, run) => sum + pick(run), 0) / runs.length;
  return {
    delayMs: {
      p50: mean(({ delayMs }) => delayMs.p50),
      p95: mean(({ delayMs }) => delayMs.p95),
      p99: mean(({ delayMs }) => delayMs.p99),
      mean: mean(({ delayMs }) => delayMs.mean),
      max: mean(({ delayMs }) => delayMs.max),
    },
    concealedRatio: mean(({ concealedRatio }) => concealedRatio),
    concealmentEvents: mean(({ concealmentEvents }) => concealmentEvents),
    acceleratedRatio: mean(({ acceleratedRatio }) => acceleratedRatio),
    deceleratedRatio: mean(({ deceleratedRatio }) => deceleratedRatio),
  };
}

/**
 * Arrivals are rounded down to NetEQ's clock of 10 ms, so its phase changes the result by some ms. Here a packet over the
 * best path comes right behind a block.
 */
function firstBlockUs(trace: ArrivalTrace, line: MinimumDelayLine): number {
  if (trace.length === 0) return 0;
  const { arrivalUs, mediaTicks, durationTicks } = trace.at(0);
  const blockUs = BLOCK_MS * 1000;
  const lineUs = line.atUs(mediaTicks + durationTicks);
  return lineUs + Math.ceil((arrivalUs + 1 - lineUs) / blockUs) * blockUs;
}
