import { TICKS_PER_MS } from '../receiver/audio-frame.js';
import type { ArrivalTrace } from './arrival-trace.js';
import { type AvailableFrame, type FrameAvailability, visitFrames } from './frame-availability.js';
import { type ParetoPoint, ratioOf } from './oracle.js';

/** Deadlines of the curve, ms: as fine as a decision about one can be. */
const DEADLINES_MS: readonly number[] = [
  0, 5, 10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 700, 1000, 2000,
];

/**
 * The least mean delay of a recognizer's audio, which keeps no clock: each frame is handed out when it and all before it
 * have come, and what comes later than a deadline is given up before anybody waits for it. A point for each deadline.
 *
 * It knows beforehand what will be late, and uses every copy.
 */
export function inOrderCurve(trace: ArrivalTrace): readonly ParetoPoint[] {
  const curve = new InOrderCurve();
  return curve.points(visitFrames(trace, (frame) => curve.add(frame)));
}

/** @see inOrderCurve */
export function inOrderDelivery(frames: FrameAvailability): ParetoPoint[] {
  const curve = new InOrderCurve();
  for (const frame of frames) curve.add(frame);
  return curve.points(frames.timelineMs);
}

/** Makes the curve of `inOrderCurve` from frames as they are read. */
export class InOrderCurve {
  readonly #givenUpTicks = new Float64Array(DEADLINES_MS.length);
  readonly #delayTicks = new Float64Array(DEADLINES_MS.length);
  /** Of the frame before. */
  readonly #delaysMs = new Float64Array(DEADLINES_MS.length);
  #audioTicks = 0;
  #endTicks = 0;

  add({ startTicks, durationTicks, bestDelayMs }: AvailableFrame): void {
    const sinceMs = (startTicks + durationTicks - this.#endTicks) / TICKS_PER_MS;
    this.#endTicks = startTicks + durationTicks;
    this.#audioTicks += durationTicks;
    for (let at = 0; at < DEADLINES_MS.length; at++) {
      const isGivenUp = bestDelayMs > (DEADLINES_MS[at] as number);
      const delayMs = Math.max(
        isGivenUp ? 0 : bestDelayMs,
        (this.#delaysMs[at] as number) - sinceMs,
      );
      this.#delaysMs[at] = delayMs;
      this.#delayTicks[at] = (this.#delayTicks[at] as number) + delayMs * durationTicks;
      if (isGivenUp) this.#givenUpTicks[at] = (this.#givenUpTicks[at] as number) + durationTicks;
    }
  }

  points(timelineMs: number): ParetoPoint[] {
    return DEADLINES_MS.map((_, at) => ({
      delayMs: this.#audioTicks === 0 ? 0 : (this.#delayTicks[at] as number) / this.#audioTicks,
      concealedRatio: ratioOf(this.#givenUpTicks[at] as number, timelineMs),
    }));
  }
}
