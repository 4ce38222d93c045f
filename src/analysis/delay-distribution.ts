import { LatencyHistogram, type LatencyPercentiles } from '../latency-histogram.js';
import type { ArrivalTrace } from './arrival-trace.js';
import type { FastestPath } from './fastest-path.js';

/** How late packets came over the fastest path. */
export interface DelayDistribution {
  readonly percentiles: LatencyPercentiles;
  /** Packets by delay, in bins of 1 ms; the last one holds all that came later. */
  readonly countsByMs: Uint32Array;
}

/** Two seconds: nobody waits longer. */
const BINS = 2001;

export function delayDistribution(trace: ArrivalTrace, path: FastestPath): DelayDistribution {
  const countsByMs = new Uint32Array(BINS);
  const histogram = new LatencyHistogram();
  for (const packet = trace.cursor(); packet.next(); ) {
    if (packet.durationTicks === 0) continue;
    const excessMs = Math.max(0, path.excessUs(packet) / 1000);
    histogram.add(excessMs);
    const bin = Math.min(BINS - 1, Math.floor(excessMs));
    countsByMs[bin] = (countsByMs[bin] ?? 0) + 1;
  }
  return { percentiles: histogram.percentiles(), countsByMs };
}

/** For every bin the share of packets that came at its start or later: the complementary cumulative distribution. */
export function ccdf(counts: Iterable<number>): Float64Array {
  const ratios = Float64Array.from(counts);
  for (let bin = ratios.length - 2; bin >= 0; bin--) {
    ratios[bin] = (ratios[bin] ?? 0) + (ratios[bin + 1] ?? 0);
  }
  const total = ratios[0] ?? 0;
  return total === 0 ? ratios : ratios.map((count) => count / total);
}
