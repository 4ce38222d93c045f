/** A packet of the history; times and positions in ms. */
interface Arrival {
  readonly mediaMs: number;
  readonly endMs: number;
  /** Arrival minus media position. */
  readonly delayMs: number;
}

const WINDOW_MS = 2000;

/**
 * Packets of the last 2 s of media and how late each came over the quickest of them (libwebrtc
 * neteq/packet_arrival_history.cc). Those that were overtaken are remembered, but are neither quickest nor slowest.
 */
export class ArrivalHistory {
  /** In order of media. */
  readonly #arrivals: Arrival[] = [];
  /** In order of media, delays rising in the one and falling in the other: the first is the least, or greatest. */
  readonly #quickest: Arrival[] = [];
  readonly #slowest: Arrival[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;

  get length(): number {
    return this.#arrivals.length;
  }

  /**
   * @returns whether it is the newest by media or was overtaken; `known` for audio that was here before, and for what is
   *   older than the window
   */
  add(mediaMs: number, durationMs: number, nowMs: number): 'newest' | 'overtaken' | 'known' {
    if (mediaMs + WINDOW_MS < this.#newestMs) return 'known';
    const behind = this.#arrivals.findLastIndex((one) => one.mediaMs <= mediaMs);
    if (mediaMs < (this.#arrivals[behind]?.endMs ?? mediaMs)) return 'known';
    const arrival = { mediaMs, endMs: mediaMs + durationMs, delayMs: nowMs - mediaMs };
    this.#arrivals.splice(behind + 1, 0, arrival);
    if (mediaMs < this.#newestMs) return 'overtaken';
    this.#newestMs = mediaMs;
    this.#forget();
    while ((this.#quickest.at(-1)?.delayMs ?? Number.NEGATIVE_INFINITY) >= arrival.delayMs) {
      this.#quickest.pop();
    }
    while ((this.#slowest.at(-1)?.delayMs ?? Number.POSITIVE_INFINITY) <= arrival.delayMs) {
      this.#slowest.pop();
    }
    this.#quickest.push(arrival);
    this.#slowest.push(arrival);
    return 'newest';
  }

  /** How late media would be if it came now, ms. */
  delayMs(mediaMs: number, nowMs: number): number {
    const quickest = this.#quickest[0];
    return quickest === undefined ? 0 : Math.max(0, Math.floor(nowMs - mediaMs - quickest.delayMs));
  }

  get maxDelayMs(): number {
    const [quickest, slowest] = [this.#quickest[0], this.#slowest[0]];
    return quickest === undefined || slowest === undefined
      ? 0
      : Math.floor(slowest.delayMs - quickest.delayMs);
  }

  #forget(): void {
    const oldestMs = this.#newestMs - WINDOW_MS;
    for (const list of [this.#arrivals, this.#quickest, this.#slowest]) {
      while ((list[0]?.mediaMs ?? oldestMs) < oldestMs) list.shift();
    }
  }
}
