import { TICKS_PER_MS } from '../receiver/audio-frame.js';
import type { ArrivalTrace } from './arrival-trace.js';
import type { FastestPath } from './fastest-path.js';

/** A time in which packets were held up far above the fastest path. */
export interface DelaySpike {
  /** From when its first packet was due to when its last one came, on the sender's time line. */
  readonly startMs: number;
  readonly endMs: number;
  readonly highestMs: number;
}

export interface SpikeSummary {
  /** What a delay must reach to be a spike. */
  readonly thresholdMs: number;
  readonly count: number;
  readonly highestMs: number;
  readonly longestMs: number;
}

/** More than most receivers' buffers hold on a quiet network. */
const START_US = 100_000;
/** A spike drains before it is over. */
const END_US = START_US / 2;

/** Spikes in order of time. */
export function delaySpikes(trace: ArrivalTrace, path: FastestPath): DelaySpike[] {
  const spikes: DelaySpike[] = [];
  let spike: { startMs: number; endMs: number; highestMs: number } | undefined;
  for (const packet = trace.cursor(); packet.next(); ) {
    if (packet.durationTicks === 0) continue;
    const excessUs = path.excessUs(packet);
    const dueMs = (packet.mediaTicks + packet.durationTicks) / TICKS_PER_MS;
    const cameMs = dueMs + excessUs / 1000;
    if (spike === undefined && excessUs >= START_US) {
      spike = { startMs: dueMs, endMs: cameMs, highestMs: excessUs / 1000 };
      spikes.push(spike);
    } else if (spike !== undefined && excessUs >= END_US) {
      spike.endMs = Math.max(spike.endMs, cameMs);
      spike.highestMs = Math.max(spike.highestMs, excessUs / 1000);
    } else {
      spike = undefined;
    }
  }
  return spikes;
}

export function summarizeSpikes(spikes: readonly DelaySpike[]): SpikeSummary {
  return {
    thresholdMs: START_US / 1000,
    count: spikes.length,
    highestMs: spikes.reduce((most, { highestMs }) => Math.max(most, highestMs), 0),
    longestMs: spikes.reduce((most, { startMs, endMs }) => Math.max(most, endMs - startMs), 0),
  };
}
