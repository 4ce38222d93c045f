import { TICKS_PER_MS } from '../receiver/audio-frame.js';
import type { ArrivalTrace } from './arrival-trace.js';
import { type AvailableFrame, type FrameAvailability, visitFrames } from './frame-availability.js';

/** A delay over the minimum-delay line and what it costs. */
export interface ParetoPoint {
  /** Mean over the call, ms. */
  readonly delayMs: number;
  /** Share of the call, pauses included, that has to be made up, 0..1. */
  readonly concealedRatio: number;
}

/** Whether audio may come from copies in other packets (LBRR, RED). */
export type CopiesChoice = 'with-copies' | 'without-copies';

/** Delays in steps of 1 ms up to here and of 10 ms beyond, up to a minute. */
const FINE_DELAY_MS = 400;
const COARSE_STEP_MS = 10;
const MAX_DELAY_MS = 60_000;
/** Longest stretch of speech with one delay: within a second a player can stretch speech to another. */
const BLOCK_TICKS = 48_000;
const MAX_CURVE_POINTS = 2000;

/**
 * What a player with one delay for the whole call would have had to make up: one point per delay, 0..400 ms at the least
 * and on to where no more delay helps.
 */
export function fixedDelayCurve(trace: ArrivalTrace, copies: CopiesChoice): readonly ParetoPoint[] {
  const curve = new FixedDelayCurve(copies);
  return curve.points(visitFrames(trace, (frame) => curve.add(frame)));
}

/**
 * The least mean delay at which no more than a share of the call is made up, for a player who knows the whole call
 * beforehand, uses every copy and sets the delay anew for each talkspurt.
 *
 * The problem is that of Moon, Kurose and Towsley 1998 (Packet audio playout delay adjustment: performance bounds and
 * algorithms), with two differences. A talkspurt is cut after 1 s, because players of today stretch speech. And theirs is
 * solved exactly for every number of losses by dynamic programming; here its Lagrangian relaxation is, which never lies
 * above it and meets it at each corner: talkspurts only share the sum of losses, so the convex hulls of their own
 * trade-offs, put end to end by steepness, are that of the call. It takes n log n time for n packets.
 */
export function lowerBoundCurve(trace: ArrivalTrace): readonly ParetoPoint[] {
  const curve = new LowerBoundCurve();
  return curve.points(visitFrames(trace, (frame) => curve.add(frame)));
}

/** @see fixedDelayCurve */
export function fixedDelays(frames: FrameAvailability, copies: CopiesChoice): ParetoPoint[] {
  const curve = new FixedDelayCurve(copies);
  for (const frame of frames) curve.add(frame);
  return curve.points(frames.timelineMs);
}

/** Makes the curve of `fixedDelayCurve` from frames as they are read. */
export class FixedDelayCurve {
  readonly #copies: CopiesChoice;
  /** How much audio is there at each whole ms, from the one at which it can first be played. */
  readonly #newlyTicks = new Float64Array(MAX_DELAY_MS + 2);
  #audioTicks = 0;
  #lastMs = 0;

  constructor(copies: CopiesChoice) {
    this.#copies = copies;
  }

  add({ durationTicks, ownDelayMs, bestDelayMs }: AvailableFrame): void {
    const delayMs = Math.ceil(this.#copies === 'with-copies' ? bestDelayMs : ownDelayMs);
    this.#audioTicks += durationTicks;
    if (delayMs > MAX_DELAY_MS) return;
    this.#newlyTicks[delayMs] = (this.#newlyTicks[delayMs] ?? 0) + durationTicks;
    this.#lastMs = Math.max(this.#lastMs, delayMs);
  }

  points(timelineMs: number): ParetoPoint[] {
    const points: ParetoPoint[] = [];
    let missingTicks = this.#audioTicks;
    for (let delayMs = 0; delayMs <= Math.max(FINE_DELAY_MS, this.#lastMs); delayMs++) {
      missingTicks -= this.#newlyTicks[delayMs] ?? 0;
      const isShown =
        delayMs <= FINE_DELAY_MS || delayMs % COARSE_STEP_MS === 0 || delayMs === this.#lastMs;
      if (isShown) points.push({ delayMs, concealedRatio: ratioOf(missingTicks, timelineMs) });
    }
    return points;
  }
}

/** An edge of a trade-off: so much more delay makes so much less audio be missing. */
interface Edge {
  /** Delay times the audio that has it, ms · ticks. */
  readonly delayTicks: number;
  readonly savedTicks: number;
}

/** @see lowerBoundCurve */
export function lowerBound(frames: FrameAvailability): ParetoPoint[] {
  const curve = new LowerBoundCurve();
  for (const frame of frames) curve.add(frame);
  return curve.points(frames.timelineMs);
}

type BlockFrame = { readonly durationTicks: number; readonly delayMs: number };

/** Makes the curve of `lowerBoundCurve` from frames as they are read. */
export class LowerBoundCurve {
  readonly #edges: Edge[] = [];
  /** A talkspurt, cut after 1 s. */
  #block: BlockFrame[] = [];
  #blockStartTicks = 0;
  #audioTicks = 0;

  add({ startTicks, durationTicks, bestDelayMs, place }: AvailableFrame): void {
    const isNext =
      place === 'first-of-talkspurt' || startTicks - this.#blockStartTicks >= BLOCK_TICKS;
    if (isNext) this.#endBlock();
    if (this.#block.length === 0) this.#blockStartTicks = startTicks;
    this.#block.push({ durationTicks, delayMs: bestDelayMs });
  }

  points(timelineMs: number): ParetoPoint[] {
    this.#endBlock();
    return pointsAlong(this.#edges, this.#audioTicks, timelineMs);
  }

  #endBlock(): void {
    const blockTicks = this.#block.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
    this.#audioTicks += blockTicks;
    this.#edges.push(...edgesOf(this.#block, blockTicks));
    this.#block = [];
  }
}

/** The edges of all blocks put end to end by steepness, from all audio missing on. */
function pointsAlong(edges: Edge[], audioTicks: number, timelineMs: number): ParetoPoint[] {
  let missingTicks = audioTicks;
  edges.sort((a, b) => a.delayTicks * b.savedTicks - b.delayTicks * a.savedTicks);

  const wholeDelay = edges.reduce((sum, { delayTicks }) => sum + delayTicks, 0);
  const points: ParetoPoint[] = [];
  let delayTicks = 0;
  let shownTicks = Number.NEGATIVE_INFINITY;
  const show = (): void => {
    points.push({
      delayMs: delayTicks / Math.max(1, audioTicks),
      concealedRatio: ratioOf(missingTicks, timelineMs),
    });
    shownTicks = delayTicks;
  };
  for (const edge of edges) {
    // Between corners that are left out the curve lies a two-thousandth of its width too high at the most.
    if (
      edge.delayTicks > 0 &&
      (edges.length <= MAX_CURVE_POINTS || delayTicks - shownTicks >= wholeDelay / MAX_CURVE_POINTS)
    ) {
      show();
    }
    delayTicks += edge.delayTicks;
    missingTicks -= edge.savedTicks;
  }
  show();
  return points;
}

/** The lower convex hull of a block's own trade-off, from all of it missing on: rising delay per audio saved. */
function edgesOf(block: readonly BlockFrame[], blockTicks: number): Edge[] {
  const edges: Edge[] = [];
  let delayMs = 0;
  const byDelay = block
    .filter((frame) => frame.delayMs <= MAX_DELAY_MS)
    .sort((a, b) => a.delayMs - b.delayMs);
  for (const frame of byDelay) {
    let edge: Edge = {
      delayTicks: (frame.delayMs - delayMs) * blockTicks,
      savedTicks: frame.durationTicks,
    };
    delayMs = frame.delayMs;
    for (;;) {
      const before = edges.at(-1);
      if (before === undefined || isFlatter(before, edge)) break;
      edges.pop();
      edge = {
        delayTicks: before.delayTicks + edge.delayTicks,
        savedTicks: before.savedTicks + edge.savedTicks,
      };
    }
    edges.push(edge);
  }
  return edges;
}

function isFlatter(one: Edge, other: Edge): boolean {
  return one.delayTicks * other.savedTicks < other.delayTicks * one.savedTicks;
}

/** As a share of the call. What is left of sums that were taken from each other may lie a rounding below 0. */
export function ratioOf(ticks: number, timelineMs: number): number {
  return timelineMs === 0 ? 0 : Math.max(0, ticks) / TICKS_PER_MS / timelineMs;
}
