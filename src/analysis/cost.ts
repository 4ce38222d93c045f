import type { ParetoPoint } from './oracle.js';

/** What a percent of concealed audio is worth in delay, ms: libwebrtc's own rate (neteq/reorder_optimizer.cc). */
const MS_PER_CONCEALED_PERCENT = 20;

/** Delay and concealment in one number, ms: 20 ms of delay weigh as much as a percent of the audio made up. */
export function costMs({ delayMs, concealedRatio }: ParetoPoint): number {
  return delayMs + MS_PER_CONCEALED_PERCENT * 100 * concealedRatio;
}

/** The point of a curve that costs least; undefined for a curve without points. */
export function cheapest(curve: readonly ParetoPoint[]): ParetoPoint | undefined {
  return curve.reduce<ParetoPoint | undefined>(
    (best, point) => (best === undefined || costMs(point) < costMs(best) ? point : best),
    undefined,
  );
}
