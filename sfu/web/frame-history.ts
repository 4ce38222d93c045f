import type { FrameNote } from 'earshot/sfu';

const KEEP_MS = 15_000;
const MAX_FRAMES = 6000;

/** The last seconds of a participant's frames in media order; a repair replaces the frame it repairs. */
export class FrameHistory {
  #frames: FrameNote[] = [];

  get frames(): readonly FrameNote[] {
    return this.#frames;
  }

  /** Media time at the end of the newest frame, ms; 0 before the first. */
  get endMs(): number {
    const last = this.#frames.at(-1);
    return last === undefined ? 0 : last.startMs + last.durationMs;
  }

  push(notes: readonly FrameNote[]): void {
    for (const note of notes) this.#insert(note);
    const oldestMs = this.endMs - KEEP_MS;
    const excess = Math.max(
      this.#frames.findIndex((frame) => frame.startMs >= oldestMs),
      this.#frames.length - MAX_FRAMES,
    );
    if (excess > 0) this.#frames.splice(0, excess);
  }

  #insert(note: FrameNote): void {
    if (note.startMs >= this.endMs) {
      this.#frames.push(note);
      return;
    }
    // Repairs are rare and recent, so the search runs from the newest frame back.
    const before = this.#frames.findLastIndex((frame) => frame.startMs <= note.startMs);
    const replaces = this.#frames[before]?.startMs === note.startMs;
    this.#frames.splice(replaces ? before : before + 1, replaces ? 1 : 0, note);
  }
}
