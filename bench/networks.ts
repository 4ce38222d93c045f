import { type Provenance, parseOpus, Receiver } from '../src/index.js';
import { type NetworkSettings, throughNetwork } from '../src/simulate/index.js';
import type { MaterialPacket } from './material.js';

const SEEDS = [11, 12, 13, 14, 15];
const BUFFER_MS = 60;

/** What came of the fixture call on one network, all seeds together. */
export interface NetworkOutcome {
  readonly name: string;
  /** Of what arrived, over the minimum-delay line and before any receiver, ms. */
  readonly networkP50Ms: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly lostRatio: number;
  readonly fecRatio: number;
  readonly concealedRatio: number;
  /** Concealed by a buffer that delays every frame by `BUFFER_MS`, with the same copies at hand. */
  readonly fixedBufferConcealedRatio: number;
}

const JITTER: NetworkSettings['jitter'] = { kind: 'gamma', meanMs: 8, deviationMs: 6 };

/** The networks of the table, by name. */
export const NETWORKS: Readonly<Record<string, Omit<NetworkSettings, 'seed'>>> = {
  'jitter 8 ms': { jitter: JITTER },
  '5 % lost': { jitter: JITTER, loss: { kind: 'iid', ratio: 0.05 } },
  '10 % lost': { jitter: JITTER, loss: { kind: 'iid', ratio: 0.1 } },
  '20 % lost': { jitter: JITTER, loss: { kind: 'iid', ratio: 0.2 } },
  '10 % in bursts of 3': {
    jitter: JITTER,
    loss: { kind: 'gilbert-elliott', ratio: 0.1, meanBurstPackets: 3 },
  },
  '5 % overtaken': { jitter: JITTER, reorder: { ratio: 0.05, minMs: 30, maxMs: 60 } },
};

/** Sends the call through a network, once for each seed, to a receiver with D = 150 ms. */
export function measureNetwork(
  name: string,
  settings: Omit<NetworkSettings, 'seed'>,
  material: readonly MaterialPacket[],
): NetworkOutcome {
  const latenciesMs: number[] = [];
  const delaysMs: number[] = [];
  const ticks: Partial<Record<Provenance, number>> = {};
  let lost = 0;
  let fixedConcealed = 0;
  for (const seed of SEEDS) {
    const sent = material.map(({ packet, arrivalUs }) => ({ atUs: arrivalUs, data: packet }));
    const arrivals = throughNetwork(sent, { ...settings, seed });
    const receiver = new Receiver({ deadlineMs: 150 });
    const take = (nowUs: number): number | undefined =>
      receiver.drain(nowUs, ({ version, latencyUs, provenance, durationTicks }) => {
        if (version > 0) return;
        latenciesMs.push(latencyUs / 1000);
        ticks[provenance] = (ticks[provenance] ?? 0) + durationTicks;
      });
    for (const { atUs, data } of arrivals) {
      for (let at = receiver.nextWakeup(); at !== undefined && at < atUs; ) at = take(at);
      receiver.push([{ data, arrivalUs: atUs }]);
      take(atUs);
    }
    receiver.end();
    take(arrivals.at(-1)?.atUs ?? 0);
    receiver.close();

    const arrivedUs = new Map(arrivals.map(({ atUs, data }) => [data, atUs]));
    lost += material.length - arrivedUs.size;
    fixedConcealed += fixedBufferConceals(material, arrivedUs);
    for (const { packet, arrivalUs } of material) {
      const atUs = arrivedUs.get(packet);
      if (atUs !== undefined) delaysMs.push((atUs - arrivalUs) / 1000);
    }
  }
  const total = Object.values(ticks).reduce((sum, one) => sum + one, 0);
  const packets = material.length * SEEDS.length;
  return {
    name,
    networkP50Ms: percentile(delaysMs, 0.5),
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    p99Ms: percentile(latenciesMs, 0.99),
    lostRatio: lost / packets,
    fecRatio: (ticks.fec ?? 0) / total,
    concealedRatio: (ticks.plc ?? 0) / total,
    fixedBufferConcealedRatio: fixedConcealed / packets,
  };
}

/** Packets that neither themselves nor by the next one's copy are there when a fixed buffer wants them. */
function fixedBufferConceals(
  material: readonly MaterialPacket[],
  arrivedUs: ReadonlyMap<Uint8Array, number>,
): number {
  const isThere = (packet: MaterialPacket | undefined, playedUs: number): boolean =>
    packet !== undefined && (arrivedUs.get(packet.packet) ?? Number.POSITIVE_INFINITY) <= playedUs;
  return material.filter((packet, i) => {
    const playedUs = packet.arrivalUs + BUFFER_MS * 1000;
    const next = material[i + 1];
    const hasCopy =
      isThere(next, playedUs) && parseOpus(next?.payload ?? new Uint8Array())?.hasLbrr;
    return !isThere(packet, playedUs) && hasCopy !== true;
  }).length;
}

function percentile(values: number[], ratio: number): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? Number.NaN;
}
