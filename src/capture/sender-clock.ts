/** Clock rates that RTP audio and video have (RFC 3551, RFC 7587). */
export const CLOCK_RATES_HZ: readonly number[] = [
  8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 90_000,
];
/** A rate is told apart from its neighbours by far less, but a short call's ends may be late by their jitter. */
const MAX_DEVIATION_RATIO = 0.04;
const MIN_SPAN_US = 500_000;
/** A step of more is a sender that began anew: nothing is measured across it. */
const MAX_STEP_TICKS = 90_000 * 60;

/** Measures how fast timestamps run against the capture's clock. */
export class SenderClock {
  #lastUs: number | undefined;
  #lastTimestamp = 0;
  #ticks = 0;
  #spanUs = 0;

  add(atUs: number, timestamp: number): void {
    if (this.#lastUs !== undefined) {
      const stepTicks = (timestamp - this.#lastTimestamp) | 0;
      if (Math.abs(stepTicks) < MAX_STEP_TICKS) {
        this.#ticks += stepTicks;
        this.#spanUs += atUs - this.#lastUs;
      }
    }
    this.#lastUs = atUs;
    this.#lastTimestamp = timestamp;
  }

  /** Ticks a second; undefined before there is half a second of packets. */
  get measuredHz(): number | undefined {
    return this.#spanUs < MIN_SPAN_US ? undefined : (this.#ticks * 1e6) / this.#spanUs;
  }

  /** The usual rate that it must be, if it is any. */
  get nominalHz(): number | undefined {
    const measured = this.measuredHz;
    if (measured === undefined) return undefined;
    return CLOCK_RATES_HZ.find((rate) => Math.abs(measured / rate - 1) < MAX_DEVIATION_RATIO);
  }
}
