import type { ReceiverStats } from '../src/index.js';
import type { Metrics, PacketOutcome } from './metrics.js';

const COUNTS: readonly (readonly [PacketOutcome, keyof ReceiverStats])[] = [
  ['received', 'packetsReceived'],
  ['late', 'packetsLate'],
  ['duplicate', 'packetsDuplicate'],
  ['reordered', 'packetsReordered'],
  ['malformed', 'packetsMalformed'],
  ['other-payload', 'packetsOtherPayload'],
  ['on-probation', 'packetsOnProbation'],
  ['overflow', 'packetsOverflow'],
  ['lost', 'packetsLost'],
];

/** Adds what a stream's counters grew by to the server's. */
export class PacketCounts {
  readonly #metrics: Metrics;
  readonly #told = new Map<PacketOutcome, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** A packet counted as lost may still come: what goes back is left out, and made up for by later losses. */
  update(stats: ReceiverStats): void {
    for (const [outcome, name] of COUNTS) {
      const count = Number(stats[name]);
      const told = this.#told.get(outcome) ?? 0;
      if (count <= told) continue;
      this.#metrics.packets(outcome, count - told);
      this.#told.set(outcome, count);
    }
  }
}
