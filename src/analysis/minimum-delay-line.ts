import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { ArrivalTrace } from './arrival-trace.js';

/** The arrival a packet would have had over the path at its best. */
export interface MinimumDelayLine {
  /** By how much the receiver's clock is faster than the sender's, parts per million. */
  readonly driftPpm: number;
  /** The line at the end of a packet's audio, µs on the capture's clock. */
  atUs(endTicks: number): number;
}

interface Point {
  readonly endTicks: number;
  /** Arrival minus media time, µs. */
  readonly delayUs: number;
}

const US_PER_TICK = 1_000_000 / TICKS_PER_SECOND;
/** As the engine's sender clock: crystals are off by 100 at most, sound cards by some hundreds. */
const MAX_DRIFT_PPM = 1000;
/** Below it the jitter of two minima looks like drift. */
const MIN_BLOCKS = 8;

/**
 * The one straight line under all packets of a call, packets measured at the end of their audio.
 *
 * Its slope is the edge of the lower convex hull under the middle of the call (Moon, Skelly and Towsley 1999: of all lines
 * below the points the one closest to them). Times at which the path was longer lie above the line: unlike the engine's
 * line, which has to live in the present, this one does not move. A slope that explains less than half of how far the
 * quickest packets of each second lie above a level line is taken for a path that changed, not for drift.
 */
export function minimumDelayLine(trace: ArrivalTrace): MinimumDelayLine {
  const quickest = quickestOfEachSecond(trace);
  const slope = slopeOf(quickest);
  let heightUs = Number.POSITIVE_INFINITY;
  for (const { endTicks, delayUs } of quickest) {
    heightUs = Math.min(heightUs, delayUs - slope * endTicks);
  }
  // A steep slope may put a packet that is not its second's quickest lowest.
  for (let index = 0; index < trace.length && slope !== 0; index++) {
    const { endTicks, delayUs } = pointOf(trace, index);
    heightUs = Math.min(heightUs, delayUs - slope * endTicks);
  }
  return {
    driftPpm: (slope / US_PER_TICK) * 1e6,
    atUs: (endTicks) => heightUs + (US_PER_TICK + slope) * endTicks,
  };
}

function pointOf(trace: ArrivalTrace, index: number): Point {
  const { mediaTicks, durationTicks, arrivalUs } = trace.at(index);
  const endTicks = mediaTicks + durationTicks;
  return { endTicks, delayUs: arrivalUs - endTicks * US_PER_TICK };
}

function quickestOfEachSecond(trace: ArrivalTrace): Point[] {
  const quickest = new Map<number, Point>();
  for (let index = 0; index < trace.length; index++) {
    const point = pointOf(trace, index);
    const second = Math.floor(point.endTicks / TICKS_PER_SECOND);
    const before = quickest.get(second);
    if (before === undefined || point.delayUs < before.delayUs) quickest.set(second, point);
  }
  return [...quickest.values()].sort((a, b) => a.endTicks - b.endTicks);
}

/** @returns µs per tick by which arrivals run away from the sender's clock; 0 where no drift shows */
function slopeOf(points: readonly Point[]): number {
  if (points.length < MIN_BLOCKS) return 0;
  const hull = lowerHull(points);
  const middle = points.reduce((sum, { endTicks }) => sum + endTicks, 0) / points.length;
  const right = Math.max(
    1,
    hull.findIndex(({ endTicks }) => endTicks >= middle),
  );
  const [from, to] = [hull[right - 1], hull[right]];
  if (from === undefined || to === undefined) return 0;
  const slope = (to.delayUs - from.delayUs) / (to.endTicks - from.endTicks);
  if (Math.abs(slope / US_PER_TICK) * 1e6 > MAX_DRIFT_PPM) return 0;
  return heightAbove(points, slope) < heightAbove(points, 0) / 2 ? slope : 0;
}

/** Sum of what the points lie above the highest line of this slope below them, µs. */
function heightAbove(points: readonly Point[], slope: number): number {
  const heights = points.map(({ endTicks, delayUs }) => delayUs - slope * endTicks);
  const lowest = heights.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  return heights.reduce((sum, one) => sum + one - lowest, 0);
}

/** Andrew's monotone chain over points of rising `endTicks`. */
function lowerHull(points: readonly Point[]): Point[] {
  const hull: Point[] = [];
  for (const point of points) {
    while (hull.length > 1 && !turnsUp(hull.at(-2) as Point, hull.at(-1) as Point, point)) {
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}

function turnsUp(a: Point, b: Point, c: Point): boolean {
  return (
    (b.endTicks - a.endTicks) * (c.delayUs - a.delayUs) >
    (c.endTicks - a.endTicks) * (b.delayUs - a.delayUs)
  );
}
