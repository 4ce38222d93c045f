/** What a stream's jitter came to. */
export interface Jitter {
  readonly meanMs: number;
  readonly maxMs: number;
}

const GAIN = 1 / 16;

/**
 * Interarrival jitter as RFC 3550 6.4.1 has it, at one clock rate, over packets in the order of their arrival: the mean and
 * the greatest value of the running estimate.
 */
export class JitterMeter {
  readonly #ticksPerUs: number;
  #lastUs: number | undefined;
  #lastTimestamp = 0;
  #estimateUs = 0;
  #sumUs = 0;
  #maxUs = 0;
  #count = 0;

  constructor(clockRateHz: number) {
    this.#ticksPerUs = clockRateHz / 1e6;
  }

  add(atUs: number, timestamp: number): void {
    if (this.#lastUs === undefined) {
      this.#lastUs = atUs;
      this.#lastTimestamp = timestamp;
      return;
    }
    const stepTicks = (timestamp - this.#lastTimestamp) | 0;
    const deviationUs = Math.abs(atUs - this.#lastUs - stepTicks / this.#ticksPerUs);
    this.#estimateUs += (deviationUs - this.#estimateUs) * GAIN;
    this.#sumUs += this.#estimateUs;
    this.#maxUs = Math.max(this.#maxUs, this.#estimateUs);
    this.#count++;
    this.#lastUs = atUs;
    this.#lastTimestamp = timestamp;
  }

  get jitter(): Jitter {
    return { meanMs: this.#sumUs / Math.max(1, this.#count) / 1000, maxMs: this.#maxUs / 1000 };
  }
}
