import { LatencyHistogram, type LatencyPercentiles } from '../latency-histogram.js';
import { type DeliveredPacket, NETWORK_PRESETS, type TimedPacket } from '../simulate/index.js';

/** What a network did to a call. */
export interface DeliverySummary {
  readonly packets: {
    readonly sent: number;
    readonly lost: number;
    /** Came twice. */
    readonly doubled: number;
    /** Came after one that was sent later. */
    readonly overtaken: number;
  };
  /** From sending to arrival, of what arrived. */
  readonly delayMs: LatencyPercentiles;
  /** From the first packet sent to the last that arrived. */
  readonly durationMs: number;
}

/** Counts packets on their way in and out of a network. */
export class DeliveryCount {
  readonly #delays = new LatencyHistogram();
  #sent = 0;
  #doubled = 0;
  #overtaken = 0;
  #newestSentUs = Number.NEGATIVE_INFINITY;
  #startUs: number | undefined;
  #endUs = 0;

  *sent(packets: Iterable<TimedPacket>): Generator<TimedPacket> {
    for (const packet of packets) {
      this.#startUs ??= packet.atUs;
      this.#sent++;
      yield packet;
    }
  }

  *arrived(packets: Iterable<DeliveredPacket>): Generator<DeliveredPacket> {
    for (const packet of packets) {
      this.#endUs = packet.atUs;
      if (packet.isCopy) {
        this.#doubled++;
      } else {
        this.#delays.add((packet.atUs - packet.sentUs) / 1000);
        if (packet.sentUs < this.#newestSentUs) this.#overtaken++;
        this.#newestSentUs = Math.max(this.#newestSentUs, packet.sentUs);
      }
      yield packet;
    }
  }

  summary(): DeliverySummary {
    const { p50, p95, p99, mean, max } = this.#delays.percentiles();
    const round = (ms: number): number => Math.round(ms * 1000) / 1000;
    return {
      packets: {
        sent: this.#sent,
        lost: this.#sent - this.#delays.count,
        doubled: this.#doubled,
        overtaken: this.#overtaken,
      },
      delayMs: {
        p50: round(p50),
        p95: round(p95),
        p99: round(p99),
        mean: round(mean),
        max: round(max),
      },
      durationMs: Math.max(0, this.#endUs - (this.#startUs ?? 0)) / 1000,
    };
  }
}

/** The networks that have a name, for people. */
export function describePresets(): string {
  return NETWORK_PRESETS.map(({ name, about, reasons, settings }) =>
    [
      `${name}: ${about}`,
      ...reasons.map((reason) => `  - ${reason}`),
      `  ${JSON.stringify(settings)}`,
    ].join('\n'),
  ).join('\n\n');
}
