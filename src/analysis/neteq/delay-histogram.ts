/** How updates are forgotten. */
export interface Forgetting {
  /** Share of the old that is kept at each update, once there were many. */
  readonly keptRatio: number;
}

const BUCKETS = 100;
/** Width of a bucket, ms: all of NetEQ's delays are multiples of it. */
export const BUCKET_MS = 20;
/** Until `keptRatio` is reached, update n keeps 1 - 2 / (n + 1) of the old. */
const START_WEIGHT = 2;

/** Shares of delays in buckets of 20 ms up to 2 s, older ones forgotten (libwebrtc neteq/histogram.cc). */
export class DelayHistogram {
  readonly #shares = new Float64Array(BUCKETS);
  readonly #finallyKept: number;
  #kept = 0;
  #updates = 0;

  constructor({ keptRatio }: Forgetting) {
    this.#finallyKept = keptRatio;
  }

  /** Delays of 2 s and more are left out. */
  add(delayMs: number): void {
    const bucket = Math.floor(delayMs / BUCKET_MS);
    if (bucket >= BUCKETS) return;
    for (let i = 0; i < BUCKETS; i++) this.#shares[i] = this.share(i) * this.#kept;
    this.#shares[bucket] = this.share(bucket) + 1 - this.#kept;
    this.#updates++;
    const kept = 1 - START_WEIGHT / (this.#updates + 1);
    this.#kept = Math.min(this.#finallyKept, Math.max(0, kept));
  }

  share(bucket: number): number {
    return this.#shares[bucket] ?? 0;
  }

  /** The first bucket beyond which no more than `1 - ratio` lies. */
  quantile(ratio: number): number {
    let beyond = 1 - this.share(0);
    let bucket = 0;
    // The shares are sums of rounded products.
    while (beyond > 1 - ratio + 1e-9 && bucket < BUCKETS - 1) beyond -= this.share(++bucket);
    return bucket;
  }

  get buckets(): number {
    return BUCKETS;
  }
}
