import type { DroppedAudio } from './chunker.js';

/** Time between two announcements, ms of media: a recognizer too slow for good must not flood its watchers. */
const EVERY_MS = 1000;

/** Counts dropped audio and gathers what is announced of it. */
export class DropAnnouncer {
  #totalMs = 0;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #pending: DroppedAudio | undefined;

  /** All audio dropped since the start, ms. */
  get totalMs(): number {
    return this.#totalMs;
  }

  /** Notes a run of dropped audio; returns what is to be announced now, if anything. */
  note({ startMs, durationMs }: DroppedAudio): DroppedAudio | undefined {
    this.#totalMs += durationMs;
    this.#pending = {
      startMs: this.#pending?.startMs ?? startMs,
      durationMs: (this.#pending?.durationMs ?? 0) + durationMs,
    };
    if (startMs < this.#quietUntilMs) return undefined;
    this.#quietUntilMs = startMs + EVERY_MS;
    return this.take();
  }

  /** What was noted and not announced yet. */
  take(): DroppedAudio | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}
