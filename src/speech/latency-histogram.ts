/** Percentiles of a stage, ms; 0 while nothing was counted. `mean` and `max` are exact. */
export interface LatencyPercentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
}

const FINE_MS = 0.1;
/** Up to here bins are 0.1 ms wide, then 1 ms: the budget lies in the fine part. */
const FINE_END_MS = 200;
const COARSE_END_MS = 2000;
const FINE_BINS = Math.round(FINE_END_MS / FINE_MS);
const BINS = FINE_BINS + (COARSE_END_MS - FINE_END_MS);

/** Counts latencies in fixed memory (15 KB): percentiles are exact to 0.1 ms below 200 ms and to 1 ms below 2 s. */
export class LatencyHistogram {
  readonly #bins: Uint32Array = new Uint32Array(BINS);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  add(latencyMs: number): void {
    const bin =
      latencyMs < FINE_END_MS
        ? Math.round(latencyMs / FINE_MS)
        : FINE_BINS + Math.round(latencyMs - FINE_END_MS);
    const index = Math.min(BINS - 1, Math.max(0, bin));
    this.#bins[index] = (this.#bins[index] ?? 0) + 1;
    this.#count++;
    this.#sumMs += latencyMs;
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
  }

  /** Least latency that `ratio` of all do not exceed (nearest rank), ms. */
  percentile(ratio: number): number {
    const rank = Math.ceil(this.#count * ratio);
    let seen = 0;
    for (let bin = 0; bin < BINS; bin++) {
      seen += this.#bins[bin] ?? 0;
      if (seen < rank || seen === 0) continue;
      if (bin === BINS - 1) return this.#maxMs;
      return bin < FINE_BINS ? bin / 10 : bin - FINE_BINS + FINE_END_MS;
    }
    return 0;
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
