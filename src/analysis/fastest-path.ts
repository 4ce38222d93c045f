import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { ArrivalTrace, TracedPacket } from './arrival-trace.js';

/** A place from which on the fastest way through the network was another. */
export interface PathShift {
  /** Media time from the first packet: the end of the first packet that came the new way, or the end of the last on the old. */
  readonly atMs: number;
  /** Positive when the way became longer. */
  readonly byMs: number;
}

/** The fastest packet of a second of media time. */
interface BlockMinimum {
  readonly second: number;
  readonly delayUs: number;
}

/** What the fastest way took in a stretch of media time, drift taken out; its bounds are the ends of packets. */
interface Level {
  readonly fromSecond: number;
  readonly untilSecond: number;
  readonly delayUs: number;
}

const NO_LEVEL: Level = {
  fromSecond: Number.NEGATIVE_INFINITY,
  untilSecond: Number.POSITIVE_INFINITY,
  delayUs: 0,
};

interface Segment {
  readonly fromSecond: number;
  readonly blocks: readonly BlockMinimum[];
}

const US_PER_TICK = 1_000_000 / TICKS_PER_SECOND;
/** As the engine: no slope is told from less. */
const MIN_DRIFT_BLOCKS = 8;
const MAX_DRIFT_LAG_BLOCKS = 30;
const MAX_DRIFT_PPM = 1000;
/** What the engine takes for a longer way; a shorter one shows by itself and needs less. */
const SHIFT_UP_US = 15_000;
const SHIFT_DOWN_US = 5000;
/** Seconds in a row that must agree on the new delay. */
const SHIFT_BLOCKS = 3;

/**
 * The least delay of a stream at every moment, in hindsight: the drift of the clocks is in it, and so is where the path
 * became another. The engine's minimum-delay line, which lives in the present, learns of a shift a little later.
 */
export class FastestPath {
  /** By how much the receiver's clock is faster than the sender's; 0 when the call is too short to tell. */
  readonly driftPpm: number;
  readonly shifts: readonly PathShift[];
  readonly #levels: readonly Level[];
  /** Of the level asked for last: packets come nearly in order. */
  #level: Level;

  constructor(trace: ArrivalTrace) {
    const blocks = blockMinima(trace);
    // A shift in the middle of a short call looks like drift at first; from the slope of one segment it does not.
    const betterPpm = slopeOfLongest(segmentsOf(blocks, medianSlope(blocks)));
    const segments = segmentsOf(blocks, betterPpm);
    this.driftPpm = slopeOfLongest(segments);
    const delaysUs = segments.map(({ blocks: own }) =>
      own.reduce(
        (least, { second, delayUs }) => Math.min(least, delayUs - this.driftPpm * second),
        Number.POSITIVE_INFINITY,
      ),
    );
    const starts = startsOf(trace, segments, delaysUs, this.driftPpm);
    this.#levels = delaysUs.map((delayUs, index) => ({
      fromSecond: starts[index] ?? Number.NEGATIVE_INFINITY,
      untilSecond: starts[index + 1] ?? Number.POSITIVE_INFINITY,
      delayUs,
    }));
    this.shifts = this.#levels.slice(1).map(({ fromSecond, delayUs }, index) => ({
      atMs: Math.round(fromSecond * 1000),
      byMs: (delayUs - (this.#levels[index]?.delayUs ?? 0)) / 1000,
    }));
    this.#level = this.#levels[0] ?? NO_LEVEL;
  }

  /** How much later a packet came than the line, µs; close to a shift it can be below 0. */
  excessUs(packet: TracedPacket): number {
    const seconds = endTicks(packet) / TICKS_PER_SECOND;
    if (seconds < this.#level.fromSecond || seconds >= this.#level.untilSecond) {
      this.#level = this.#levels.findLast(({ fromSecond }) => fromSecond <= seconds) ?? NO_LEVEL;
    }
    return delayUsOf(packet) - this.driftPpm * seconds - this.#level.delayUs;
  }
}

/** The end counts: a sender that goes over to longer frames sends each of them later. */
function endTicks({ mediaTicks, durationTicks }: TracedPacket): number {
  return mediaTicks + durationTicks;
}

function delayUsOf(packet: TracedPacket): number {
  return packet.arrivalUs - endTicks(packet) * US_PER_TICK;
}

function blockMinima(trace: ArrivalTrace): BlockMinimum[] {
  const minima = new Map<number, number>();
  // Of the second that is being read: packets come nearly in order, and a map is asked once a second.
  let [second, leastUs] = [Number.NaN, Number.POSITIVE_INFINITY];
  const enter = (): void => {
    if (leastUs < (minima.get(second) ?? Number.POSITIVE_INFINITY)) minima.set(second, leastUs);
  };
  for (const packet = trace.cursor(); packet.next(); ) {
    if (packet.durationTicks === 0) continue;
    const own = Math.floor(endTicks(packet) / TICKS_PER_SECOND);
    if (own !== second) {
      enter();
      second = own;
      leastUs = Number.POSITIVE_INFINITY;
    }
    leastUs = Math.min(leastUs, delayUsOf(packet));
  }
  enter();
  return [...minima]
    .map(([second, delayUs]) => ({ second, delayUs }))
    .sort((a, b) => a.second - b.second);
}

/** Few shifts leave most pairs of seconds of a long call on one path: their median slope is hardly moved by them. */
function medianSlope(blocks: readonly BlockMinimum[]): number {
  if (blocks.length < MIN_DRIFT_BLOCKS) return 0;
  const lag = Math.min(MAX_DRIFT_LAG_BLOCKS, Math.floor(blocks.length / 2));
  const slopes: number[] = [];
  for (let at = lag; at < blocks.length; at++) {
    const [from, to] = [blocks[at - lag] as BlockMinimum, blocks[at] as BlockMinimum];
    slopes.push((to.delayUs - from.delayUs) / (to.second - from.second));
  }
  slopes.sort((a, b) => a - b);
  return clampPpm(slopes[Math.floor(slopes.length / 2)] ?? 0);
}

function segmentsOf(blocks: readonly BlockMinimum[], driftPpm: number): Segment[] {
  const level = ({ second, delayUs }: BlockMinimum): number => delayUs - driftPpm * second;
  const segments: Segment[] = [];
  let own: BlockMinimum[] = [];
  let leastUs = Number.POSITIVE_INFINITY;
  for (let at = 0; at < blocks.length; at++) {
    const block = blocks[at] as BlockMinimum;
    const next = blocks.slice(at, at + SHIFT_BLOCKS).map(level);
    if (own.length > 0 && next.length === SHIFT_BLOCKS && isShift(next, leastUs)) {
      segments.push({ fromSecond: own[0]?.second ?? 0, blocks: own });
      own = [];
      leastUs = Number.POSITIVE_INFINITY;
    }
    own.push(block);
    leastUs = Math.min(leastUs, level(block));
  }
  if (own.length > 0) segments.push({ fromSecond: own[0]?.second ?? 0, blocks: own });
  return segments;
}

/** A shift, and the second of media time in which it happened. */
interface ShiftSearch {
  readonly index: number;
  /** Between the delays of both ways. */
  readonly middleUs: number;
  readonly direction: 'up' | 'down';
}

/**
 * From when on each segment's way was the fastest, to a packet; the first has no beginning.
 *
 * No packet is faster than its way. So a way that became shorter did so where the first packet came faster than the old one
 * can be, in the first second of the new segment; one that became longer did so behind the last packet that is faster than
 * the new one can be, in the last second of the old segment.
 */
function startsOf(
  trace: ArrivalTrace,
  segments: readonly Segment[],
  delaysUs: readonly number[],
  driftPpm: number,
): readonly number[] {
  const starts = segments.map(({ fromSecond }) => fromSecond);
  starts[0] = Number.NEGATIVE_INFINITY;
  const searches = new Map<number, ShiftSearch>();
  for (let index = 1; index < segments.length; index++) {
    const [before, after] = [delaysUs[index - 1] as number, delaysUs[index] as number];
    const direction = after > before ? 'up' : 'down';
    const oldSecond = segments[index - 1]?.blocks.at(-1)?.second ?? 0;
    const second = direction === 'up' ? oldSecond : (segments[index]?.fromSecond ?? 0);
    searches.set(second, { index, middleUs: (before + after) / 2, direction });
  }
  if (searches.size === 0) return starts;

  const found = new Set<number>();
  for (const packet = trace.cursor(); packet.next(); ) {
    if (packet.durationTicks === 0) continue;
    const seconds = endTicks(packet) / TICKS_PER_SECOND;
    const search = searches.get(Math.floor(seconds));
    if (search === undefined || delayUsOf(packet) - driftPpm * seconds >= search.middleUs) continue;
    const { index, direction } = search;
    const start = direction === 'up' ? seconds + 1 / TICKS_PER_SECOND : seconds;
    const isFirst = !found.has(index);
    const isBeyond =
      direction === 'up' ? start > (starts[index] as number) : start < (starts[index] as number);
    if (isFirst || isBeyond) starts[index] = start;
    found.add(index);
  }
  return starts;
}

function isShift(nextUs: readonly number[], leastUs: number): boolean {
  const [low, high] = [Math.min(...nextUs), Math.max(...nextUs)];
  const upUs = low - leastUs;
  const downUs = leastUs - high;
  return (
    (upUs > SHIFT_UP_US && high - low < upUs / 2) ||
    (downUs > SHIFT_DOWN_US && high - low < downUs / 2)
  );
}

function slopeOfLongest(segments: readonly Segment[]): number {
  const longest = segments.reduce<Segment | undefined>(
    (best, segment) => (segment.blocks.length > (best?.blocks.length ?? 0) ? segment : best),
    undefined,
  );
  return slopeUnder(longest?.blocks ?? []);
}

/**
 * Slope of the line under all points whose distance to them is least: the edge of their lower hull under the middle of
 * the time (Moon, Skelly, Towsley, INFOCOM 1999).
 */
function slopeUnder(points: readonly BlockMinimum[]): number {
  if (points.length < MIN_DRIFT_BLOCKS) return 0;
  const hull: BlockMinimum[] = [];
  for (const point of points) {
    for (;;) {
      const [before, last] = hull.slice(-2);
      if (before === undefined || last === undefined) break;
      if (slope(before, last) < slope(last, point)) break;
      hull.pop();
    }
    hull.push(point);
  }
  const middle = points.reduce((sum, { second }) => sum + second, 0) / points.length;
  const edge = Math.max(
    1,
    hull.findIndex(({ second }) => second >= middle),
  );
  const [from, to] = [hull[edge - 1], hull[edge]];
  return from === undefined || to === undefined ? 0 : clampPpm(slope(from, to));
}

function slope(from: BlockMinimum, to: BlockMinimum): number {
  return (to.delayUs - from.delayUs) / (to.second - from.second);
}

function clampPpm(ppm: number): number {
  return Math.min(MAX_DRIFT_PPM, Math.max(-MAX_DRIFT_PPM, ppm));
}
