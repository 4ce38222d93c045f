// A batch of frames comes every 50-100 ms; the picture trails by a little more so that it glides.
const TRAIL_MS = 160;
const STALL_MS = 1200;

/** Turns the page's clock into media time, so that the picture moves evenly between batches of frames. */
export class MediaClock {
  #offsetMs: number | undefined;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #endMs = 0;

  /** Tells that media up to `endMs` was known at `pageMs` (performance.now). */
  heard(endMs: number, pageMs: number): void {
    const offsetMs = pageMs - endMs;
    const stalled = pageMs - this.#heardAtMs > STALL_MS;
    // The earliest batch is the best measure; drifting 2 % a batch towards later ones follows a slower sender.
    this.#offsetMs =
      this.#offsetMs === undefined || stalled || offsetMs < this.#offsetMs
        ? offsetMs
        : this.#offsetMs + (offsetMs - this.#offsetMs) * 0.02;
    this.#heardAtMs = pageMs;
    this.#endMs = Math.max(this.#endMs, endMs);
  }

  /** Media time at the right edge of the picture, ms; never beyond what was heard. */
  edgeMs(pageMs: number): number {
    if (this.#offsetMs === undefined) return 0;
    if (pageMs - this.#heardAtMs >= STALL_MS) return this.#endMs;
    return Math.min(this.#endMs, pageMs - this.#offsetMs - TRAIL_MS);
  }
}
