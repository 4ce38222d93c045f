import { checkRange } from '../errors.js';
import { checkList, checkPart } from './checks.js';
import type { Random } from './random.js';

/** From `atMs` on the path is `delayMs` longer than at the start: a change of route. */
export interface DelayStep {
  readonly atMs: number;
  readonly delayMs: number;
}

/** A span of sending time, ms from the first packet. */
export interface Span {
  readonly atMs: number;
  readonly durationMs: number;
}

/** Something that happens now and then: Poisson in time, its size spread evenly. */
export interface Recurring {
  /** Mean time between the end of one and the start of the next, ms. */
  readonly meanIntervalMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Sudden extra delay that drains: a queue that filled up. */
export interface Spikes extends Recurring {
  /**
   * Delay that goes in a ms of time, ms, 0.01..1. With 1 the queue stood still and all in it comes at once.
   *
   * @defaultValue 1
   */
  readonly fallRatio?: number;
}

const MAX_MS = 24 * 3600 * 1000;
const MAX_ENTRIES = 1000;

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function checkSpans(name: string, spans: readonly Span[]): void {
  checkList(name, spans, MAX_ENTRIES);
  for (const span of spans) {
    checkPart(name, span, ['atMs', 'durationMs']);
    const { atMs, durationMs } = span;
    checkRange(`${name}.atMs`, atMs, 0, MAX_MS);
    checkRange(`${name}.durationMs`, durationMs, 0, MAX_MS);
  }
}

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function checkSteps(steps: readonly DelayStep[]): void {
  checkList('steps', steps, MAX_ENTRIES);
  for (const step of steps) {
    checkPart('steps', step, ['atMs', 'delayMs']);
    const { atMs, delayMs } = step;
    checkRange('steps.atMs', atMs, 0, MAX_MS);
    checkRange('steps.delayMs', delayMs, 0, MAX_MS);
  }
}

export function isInside(spans: readonly Span[], sentMs: number): boolean {
  return spans.some(({ atMs, durationMs }) => sentMs >= atMs && sentMs < atMs + durationMs);
}

/** What is sent while the path stands still leaves when it moves again. */
export function stallMs(stalls: readonly Span[], sentMs: number): number {
  return stalls
    .filter((stall) => isInside([stall], sentMs))
    .reduce((longest, { atMs, durationMs }) => Math.max(longest, atMs + durationMs - sentMs), 0);
}

export function stepMs(steps: readonly DelayStep[], sentMs: number): number {
  return steps.filter(({ atMs }) => sentMs >= atMs).at(-1)?.delayMs ?? 0;
}

/**
 * The delay a recurring disturbance gives a packet, 0 between two of them; asked with sending times that do not go back.
 *
 * It begins with its whole size and falls by `fallRatio` ms a ms: by 1, what was sent in it arrives all at its end.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function recurring(
  name: string,
  { meanIntervalMs, minMs, maxMs, fallRatio = 1 }: Spikes,
  random: Random,
): (sentMs: number) => number {
  checkRange(`${name}.meanIntervalMs`, meanIntervalMs, 1, MAX_MS);
  checkRange(`${name}.minMs`, minMs, 0, MAX_MS);
  checkRange(`${name}.maxMs`, maxMs, minMs, MAX_MS);
  checkRange(`${name}.fallRatio`, fallRatio, 0.01, 1);
  const pauseMs = (): number => 1 - Math.log(1 - random.uniform()) * meanIntervalMs;
  const size = (): number => minMs + random.uniform() * (maxMs - minMs);
  let startMs = pauseMs();
  let sizeMs = size();
  return (sentMs) => {
    while (sentMs >= startMs + sizeMs / fallRatio) {
      startMs += sizeMs / fallRatio + pauseMs();
      sizeMs = size();
    }
    return sentMs >= startMs ? sizeMs - (sentMs - startMs) * fallRatio : 0;
  };
}
