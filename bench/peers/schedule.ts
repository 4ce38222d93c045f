import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/index.js';
import {
  type NetworkSettings,
  type TimedPacket,
  throughNetwork,
} from '../../src/simulate/index.js';
import type { Trace } from './trace.js';

type NetworkShape = Omit<NetworkSettings, 'seed'>;

const JITTER: NetworkShape['jitter'] = { kind: 'gamma', meanMs: 8, deviationMs: 6 };

/** The networks that a trace is sent through, by name. */
export const NETWORKS: Readonly<Record<string, NetworkShape>> = {
  clean: {},
  '5 % lost': { jitter: JITTER, loss: { kind: 'iid', ratio: 0.05 } },
  '10 % in bursts of 3': {
    jitter: JITTER,
    loss: { kind: 'gilbert-elliott', ratio: 0.1, meanBurstPackets: 3 },
  },
  '5 % overtaken': { jitter: JITTER, reorder: { ratio: 0.05, minMs: 30, maxMs: 60 } },
  // A radio that is away on another channel or retries: everything waits, then comes at once.
  'Wi-Fi holds': {
    jitter: { kind: 'gamma', meanMs: 3, deviationMs: 3 },
    spikes: { meanIntervalMs: 1200, minMs: 60, maxMs: 180 },
  },
  spikes: { jitter: JITTER, spikes: { meanIntervalMs: 6000, minMs: 250, maxMs: 500 } },
};
/** The arrivals of a capture, as they are. */
export const AS_CAPTURED = 'as captured';

/** When each packet arrives, the same for every contender. */
export interface Schedule {
  readonly network: string;
  /** In order of arrival; µs from the capture of the first sample. */
  readonly arrivals: readonly TimedPacket[];
  /** Delay of the packet that was fastest: no receiver can be faster than this line. */
  readonly leastDelayUs: number;
  readonly lostPackets: number;
}

export function schedule(trace: Trace, network: string, seed: number): Schedule {
  const arrivals = arrivalsOf(trace, network, seed);
  const sentUs = new Map(trace.sent.map(({ atUs, data }) => [data, atUs]));
  const leastDelayUs = arrivals.reduce(
    (least, { atUs, data }) => Math.min(least, atUs - (sentUs.get(data) ?? atUs)),
    Number.POSITIVE_INFINITY,
  );
  const arrived = new Set(arrivals.map(({ data }) => data)).size;
  const lostPackets = trace.missingPackets + trace.sent.length - arrived;
  return { network, arrivals, leastDelayUs, lostPackets };
}

function arrivalsOf(trace: Trace, network: string, seed: number): readonly TimedPacket[] {
  if (network === AS_CAPTURED && trace.arrived !== undefined) return trace.arrived;
  const settings = NETWORKS[network];
  if (settings === undefined) {
    const known = [...Object.keys(NETWORKS), ...(trace.arrived ? [AS_CAPTURED] : [])];
    throw new Error(`No network ${JSON.stringify(network)}; there are ${known.join(', ')}`);
  }
  return throughNetwork(trace.sent, { ...settings, seed });
}

/** How exactly a schedule was kept, ms behind it. */
export interface Punctuality {
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** A timer of Node's may ring this much late; the rest of the wait is spent awake. */
const AWAKE_US = 1500;

/** Hands each packet over at its time, counted from `startUs` of the machine's monotonic clock. */
export async function keepSchedule(
  arrivals: readonly TimedPacket[],
  startUs: number,
  handOver: (packet: Uint8Array) => void,
): Promise<Punctuality> {
  const behindMs: number[] = [];
  for (const { atUs, data } of arrivals) {
    const dueUs = startUs + atUs;
    const sleepUs = dueUs - AWAKE_US - systemClock.nowUs();
    if (sleepUs > 0) await sleep(sleepUs / 1000);
    while (systemClock.nowUs() < dueUs) await new Promise(setImmediate);
    behindMs.push((systemClock.nowUs() - dueUs) / 1000);
    handOver(data);
  }
  behindMs.sort((a, b) => a - b);
  return {
    p95Ms: behindMs[Math.floor(behindMs.length * 0.95)] ?? 0,
    maxMs: behindMs.at(-1) ?? 0,
  };
}
