import type { LatencyPercentiles } from '../latency-histogram.js';
import { isSubstitute, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { ArrivalTrace, TracedPacket } from './arrival-trace.js';
import { type BurstGapMetrics, burstGapMetrics } from './burst-gap.js';
import type { ProvenanceTrack } from './cell-track.js';
import { type DelayDistribution, delayDistribution } from './delay-distribution.js';
import {
  type DelaySpike,
  delaySpikes,
  type SpikeSummary,
  summarizeSpikes,
} from './delay-spikes.js';
import { FastestPath, type PathShift } from './fastest-path.js';
import { type GilbertModel, gilbertModel } from './gilbert-model.js';
import { type InterarrivalJitter, interarrivalJitter } from './interarrival-jitter.js';
import { type FateRun, fateRuns } from './packet-fates.js';

/** What the network did, told in numbers. */
export interface NetworkReport {
  /** Audio of most packets. */
  readonly packetMs: number;
  /** Of packets over the fastest path, shifts and drift taken out. */
  readonly delayMs: LatencyPercentiles;
  readonly jitter: InterarrivalJitter;
  /** By how much the receiver's clock is faster than the sender's; 0 when the call is too short to tell. */
  readonly driftPpm: number;
  /** Packets behind the 4.5 million that a network is told from. */
  readonly untracedPackets: number;
  /** Times the sender began with new numbers. */
  readonly restarts: number;
  readonly pathShiftCount: number;
  /** The first hundred. */
  readonly pathShifts: readonly PathShift[];
  readonly delaySpikes: SpikeSummary;
  readonly burstGap: BurstGapMetrics;
  readonly gilbert: GilbertModel;
}

/** The report and what its pictures are drawn from. */
export interface NetworkAnalysis {
  readonly report: NetworkReport;
  readonly path: FastestPath;
  readonly delays: DelayDistribution;
  readonly spikes: readonly DelaySpike[];
  readonly fates: readonly FateRun[];
}

const MAX_LISTED_SHIFTS = 100;

/** @param handedOut - what was handed out first, on the sender's time line */
export function analyzeNetwork(trace: ArrivalTrace, handedOut: ProvenanceTrack): NetworkAnalysis {
  const path = new FastestPath(trace);
  const delays = delayDistribution(trace, path);
  const spikes = delaySpikes(trace, path);
  const fates = fateRuns(trace, (packet) => isUsed(packet, handedOut));
  const packetMs = usualPacketMs(trace);
  return {
    report: {
      packetMs,
      delayMs: delays.percentiles,
      jitter: interarrivalJitter(trace),
      driftPpm: path.driftPpm,
      untracedPackets: trace.untraced,
      restarts: trace.restarts,
      pathShiftCount: path.shifts.length,
      pathShifts: path.shifts.slice(0, MAX_LISTED_SHIFTS),
      delaySpikes: summarizeSpikes(spikes),
      burstGap: burstGapMetrics(fates, packetMs),
      gilbert: gilbertModel(fates),
    },
    path,
    delays,
    spikes,
    fates,
  };
}

/** A packet was of use when its place was not filled by anything else before it came. */
export function isUsed(
  { mediaTicks, durationTicks }: TracedPacket,
  handedOut: ProvenanceTrack,
): boolean {
  if (durationTicks === 0) return true;
  const provenance = handedOut.at(mediaTicks + durationTicks / 2);
  return provenance === undefined || !isSubstitute(provenance);
}

function usualPacketMs(trace: ArrivalTrace): number {
  const counts = new Map<number, number>();
  let [runTicks, run] = [0, 0];
  const enter = (): void => {
    if (runTicks > 0) counts.set(runTicks, (counts.get(runTicks) ?? 0) + run);
  };
  for (const packet = trace.cursor(); packet.next(); ) {
    const { durationTicks } = packet;
    if (durationTicks !== runTicks) {
      enter();
      [runTicks, run] = [durationTicks, 0];
    }
    run++;
  }
  enter();
  const [usual] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [0];
  return (usual * 1000) / TICKS_PER_SECOND;
}
