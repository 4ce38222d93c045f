/** Percentiles of a latency, ms; 0 while nothing was counted. `mean` and `max` are exact. */
export interface LatencyPercentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
}

/** A stretch of latencies with bins of one width; `firstBin` is that of `startMs`. */
interface Tier {
  readonly startMs: number;
  readonly endMs: number;
  readonly binsPerMs: number;
  readonly firstBin: number;
}

// Fine where a clean network lies, coarser where the budget does, coarsest beyond it.
const TIERS: readonly Tier[] = [
  { startMs: 0, endMs: 10, binsPerMs: 100, firstBin: 0 },
  { startMs: 10, endMs: 200, binsPerMs: 10, firstBin: 1000 },
  { startMs: 200, endMs: 2000, binsPerMs: 1, firstBin: 2900 },
];
const BINS = 4701;

/**
 * Counts latencies in fixed memory (19 KB): percentiles are exact to 0.01 ms below 10 ms, to 0.1 ms below 200 ms and
 * to 1 ms below 2 s.
 */
export class LatencyHistogram {
  readonly #bins: Uint32Array = new Uint32Array(BINS);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  /** Sum of the weights. */
  get count(): number {
    return this.#count;
  }

  /** @param weight - how much has this latency, a whole number in any unit, up to 2^32-1 in all; by default 1 */
  add(latencyMs: number, weight = 1): void {
    const index = binOf(latencyMs);
    this.#bins[index] = (this.#bins[index] ?? 0) + weight;
    this.#count += weight;
    this.#sumMs += latencyMs * weight;
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
  }

  /** Least latency that `ratio` of all do not exceed (nearest rank), ms. */
  percentile(ratio: number): number {
    const rank = Math.ceil(this.#count * ratio);
    let seen = 0;
    for (let bin = 0; bin < BINS - 1; bin++) {
      seen += this.#bins[bin] ?? 0;
      if (seen >= rank && seen > 0) return Math.min(latencyOf(bin), this.#maxMs);
    }
    return this.#maxMs;
  }

  percentiles(): LatencyPercentiles {
    return {
      p50: this.percentile(0.5),
      p95: this.percentile(0.95),
      p99: this.percentile(0.99),
      mean: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      max: this.#maxMs,
    };
  }
}

function binOf(latencyMs: number): number {
  for (const { startMs, endMs, binsPerMs, firstBin } of TIERS) {
    if (latencyMs >= endMs) continue;
    return firstBin + Math.round(Math.max(0, latencyMs - startMs) * binsPerMs);
  }
  return BINS - 1;
}

function latencyOf(bin: number): number {
  const tier = TIERS.findLast(({ firstBin }) => bin >= firstBin);
  return tier === undefined ? 0 : tier.startMs + (bin - tier.firstBin) / tier.binsPerMs;
}
