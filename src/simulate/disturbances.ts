import { checkRange } from '../errors.js';
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

const MAX_MS = 24 * 3600 * 1000;

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function checkSpans(name: string, spans: readonly Span[]): void {
  for (const { atMs, durationMs } of spans) {
    checkRange(`${name}.atMs`, atMs, 0, MAX_MS);
    checkRange(`${name}.durationMs`, durationMs, 0, MAX_MS);
  }
}

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function checkSteps(steps: readonly DelayStep[]): void {
  for (const { atMs, delayMs } of steps) {
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
 * The recurring disturbance a packet meets; asked with sending times that do not go back.
 *
 * @returns ms since it began and its size, or undefined between two of them
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function recurring(
  name: string,
  { meanIntervalMs, minMs, maxMs }: Recurring,
  random: Random,
): (sentMs: number) => { readonly sinceMs: number; readonly sizeMs: number } | undefined {
  checkRange(`${name}.meanIntervalMs`, meanIntervalMs, 1, MAX_MS);
  checkRange(`${name}.minMs`, minMs, 0, MAX_MS);
  checkRange(`${name}.maxMs`, maxMs, minMs, MAX_MS);
  const pauseMs = (): number => 1 - Math.log(1 - random.uniform()) * meanIntervalMs;
  const size = (): number => minMs + random.uniform() * (maxMs - minMs);
  let startMs = pauseMs();
  let sizeMs = size();
  return (sentMs) => {
    while (sentMs >= startMs + sizeMs) {
      startMs += sizeMs + pauseMs();
      sizeMs = size();
    }
    return sentMs >= startMs ? { sinceMs: sentMs - startMs, sizeMs } : undefined;
  };
}
