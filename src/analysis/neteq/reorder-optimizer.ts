import { BUCKET_MS, DelayHistogram } from './delay-histogram.js';

const KEPT_RATIO = 0.9993;
/** What a percent of lost audio is worth. */
const MS_PER_LOSS_PERCENT = 20;

/**
 * The delay worth waiting for packets that were overtaken (libwebrtc neteq/reorder_optimizer.cc): the least of delay beyond
 * `baseDelayMs` plus 20 ms for each percent of packets that would be late.
 */
export class ReorderOptimizer {
  readonly #histogram = new DelayHistogram({ keptRatio: KEPT_RATIO });

  /**
   * @param delayMs - of a packet that was overtaken; 0 for one that came in order
   * @returns the delay, ms
   */
  update(delayMs: number, baseDelayMs: number): number {
    this.#histogram.add(delayMs);
    let late = 1;
    let leastCost = Number.POSITIVE_INFINITY;
    let best = 0;
    for (let bucket = 0; bucket < this.#histogram.buckets && late > 1e-9; bucket++) {
      late -= this.#histogram.share(bucket);
      const excessMs = Math.max(0, bucket * BUCKET_MS - baseDelayMs);
      const cost = excessMs + 100 * MS_PER_LOSS_PERCENT * Math.max(0, late);
      if (cost >= leastCost) continue;
      leastCost = cost;
      best = bucket;
    }
    return (1 + best) * BUCKET_MS;
  }
}
