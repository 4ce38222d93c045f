import type { ArrivalTrace } from './arrival-trace.js';
import { FrameAvailability } from './frame-availability.js';
import { type ParetoPoint, ratioOf } from './oracle.js';

const TICKS_PER_MS = 48;
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
  return inOrderDelivery(new FrameAvailability(trace));
}

/** @see inOrderCurve */
export function inOrderDelivery(frames: FrameAvailability): ParetoPoint[] {
  return DEADLINES_MS.map((deadlineMs) => withDeadline(frames, deadlineMs));
}

function withDeadline(frames: FrameAvailability, deadlineMs: number): ParetoPoint {
  let [givenUpTicks, audioTicks, delayTicks] = [0, 0, 0];
  let [endTicks, delayMs] = [0, 0];
  for (const { startTicks, durationTicks, bestDelayMs } of frames) {
    const isGivenUp = bestDelayMs > deadlineMs;
    const sinceMs = (startTicks + durationTicks - endTicks) / TICKS_PER_MS;
    endTicks = startTicks + durationTicks;
    delayMs = Math.max(isGivenUp ? 0 : bestDelayMs, delayMs - sinceMs);
    audioTicks += durationTicks;
    delayTicks += delayMs * durationTicks;
    if (isGivenUp) givenUpTicks += durationTicks;
  }
  return {
    delayMs: audioTicks === 0 ? 0 : delayTicks / audioTicks,
    concealedRatio: ratioOf(givenUpTicks, frames),
  };
}
