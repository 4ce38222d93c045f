import type { Provenance } from '../../src/index.js';
import { openCapture, replay } from '../../src/replay/index.js';
import { type CapturedCall, quantile } from './call.js';

/** What a recognizer got of a call, D = 150 ms. */
export interface RecognizerOutcome {
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of the same packets put in order by somebody who waits for nothing that never came, ms. */
  readonly inOrderP50Ms: number;
  /** As handed out first, and after the repairs. */
  readonly concealedPercent: number;
  readonly repairedConcealedPercent: number;
  readonly misses: number;
}

/** 2.5 ms: every frame is a multiple of it. */
const GRID_TICKS = 120;

/** Replays a capture in recognizer mode. */
export async function measureRecognizer(
  path: string,
  call: CapturedCall,
): Promise<RecognizerOutcome> {
  const latenciesMs: number[] = [];
  const first: Provenance[] = [];
  const last: Provenance[] = [];
  const report = await replay(openCapture(path), {
    onFrame: ({ version, latencyUs, mediaTicks, durationTicks, provenance }) => {
      if (version === 0) latenciesMs.push(latencyUs / 1000);
      const cell = mediaTicks / GRID_TICKS;
      for (let i = 0; i < durationTicks / GRID_TICKS; i++) {
        if (version === 0) first[cell + i] = provenance;
        last[cell + i] = provenance;
      }
    },
  });
  return {
    p50Ms: quantile(latenciesMs, 0.5),
    p95Ms: quantile(latenciesMs, 0.95),
    inOrderP50Ms: quantile(inOrderMs(call), 0.5),
    concealedPercent: concealedPercent(first),
    repairedConcealedPercent: concealedPercent(last),
    misses: report.deadline.misses,
  };
}

function concealedPercent(cells: readonly Provenance[]): number {
  return (100 * cells.filter((one) => one === 'plc').length) / cells.length;
}

function inOrderMs(call: CapturedCall): number[] {
  let latestUs = -Infinity;
  return [...call.packets]
    .sort((a, b) => a.endTicks - b.endTicks)
    .map(({ atUs, endTicks }) => {
      latestUs = Math.max(latestUs, atUs);
      return (latestUs - call.lineUs(endTicks)) / 1000;
    });
}
