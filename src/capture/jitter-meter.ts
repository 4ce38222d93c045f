/** What a stream's jitter came to. */
export interface Jitter {
  readonly meanMs: number;
  readonly maxMs: number;
}

const GAIN = 1 / 16;

/** The running estimate of RFC 3550 6.4.1: by every difference it moves a sixteenth of the way. */
export class RunningJitter {
  #estimate = 0;
  #sum = 0;
  #max = 0;
  #count = 0;

  /** @param difference - of the transit times of two packets that came one after the other */
  add(difference: number): void {
    this.#estimate += (Math.abs(difference) - this.#estimate) * GAIN;
    this.#sum += this.#estimate;
    this.#max = Math.max(this.#max, this.#estimate);
    this.#count++;
  }

  get last(): number {
    return this.#estimate;
  }

  /** Of the estimates. */
  get mean(): number {
    return this.#sum / Math.max(1, this.#count);
  }

  get max(): number {
    return this.#max;
  }
}

/**
 * Interarrival jitter as RFC 3550 6.4.1 has it, at one clock rate, over packets in the order of their arrival: the mean and
 * the greatest value of the running estimate.
 */
export class JitterMeter {
  readonly #ticksPerUs: number;
  #lastUs: number | undefined;
  #lastTimestamp = 0;
  readonly #jitterUs = new RunningJitter();

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
    this.#jitterUs.add(atUs - this.#lastUs - stepTicks / this.#ticksPerUs);
    this.#lastUs = atUs;
    this.#lastTimestamp = timestamp;
  }

  get jitter(): Jitter {
    const { mean, max } = this.#jitterUs;
    return { meanMs: mean / 1000, maxMs: max / 1000 };
  }
}
