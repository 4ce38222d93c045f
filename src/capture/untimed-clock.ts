/** Longest step of timestamps that is taken for time; more is a sender that began anew. */
const MAX_STEP_SECONDS = 60;

/** Gives packets without a time of arrival the time that their RTP timestamps tell, which never goes back. */
export class UntimedClock {
  readonly #clockRateHz: number;
  #newestTimestamp: number | undefined;
  #newestUs = 0;

  constructor(clockRateHz: number) {
    this.#clockRateHz = clockRateHz;
  }

  /** Integer µs after the first packet. */
  timeOf(packet: Buffer): number {
    if (packet.length < 12) return this.#newestUs;
    const timestamp = packet.readUInt32BE(4);
    this.#newestTimestamp ??= timestamp;
    const stepTicks = (timestamp - this.#newestTimestamp) | 0;
    if (Math.abs(stepTicks) > MAX_STEP_SECONDS * this.#clockRateHz) {
      this.#newestTimestamp = timestamp;
    } else if (stepTicks > 0) {
      this.#newestTimestamp = timestamp;
      this.#newestUs += Math.round((stepTicks * 1_000_000) / this.#clockRateHz);
    }
    return this.#newestUs;
  }
}
