import { BUCKET_MS, DelayHistogram } from './delay-histogram.js';

const QUANTILE = 0.95;
const KEPT_RATIO = 0.983;
const INTERVAL_MS = 500;

/**
 * The delay at which 95 % of half seconds have no packet late (libwebrtc neteq/underrun_optimizer.cc): the greatest delay
 * of each interval goes into a histogram, whose quantile's upper edge is the answer.
 */
export class UnderrunOptimizer {
  readonly #histogram = new DelayHistogram({ keptRatio: KEPT_RATIO });
  #intervalStartMs: number | undefined;
  #greatestMs = 0;
  #optimalDelayMs: number | undefined;

  /** Undefined until the first interval has passed. */
  get optimalDelayMs(): number | undefined {
    return this.#optimalDelayMs;
  }

  /** @param delayMs - of a packet that came in order, over the quickest of the last 2 s */
  update(delayMs: number, nowMs: number): void {
    this.#intervalStartMs ??= nowMs;
    if (nowMs - this.#intervalStartMs > INTERVAL_MS) {
      this.#histogram.add(this.#greatestMs);
      this.#optimalDelayMs = (1 + this.#histogram.quantile(QUANTILE)) * BUCKET_MS;
      this.#intervalStartMs = nowMs;
      this.#greatestMs = 0;
    }
    this.#greatestMs = Math.max(this.#greatestMs, delayMs);
  }
}
