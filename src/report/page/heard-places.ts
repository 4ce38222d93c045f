import type { PageData } from '../page-data.js';
import { firstBehind } from './first-behind.js';

/** A stretch of the call that can be heard. */
export interface HeardStretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where a page has sound: of a long call there was no room for all of it. */
export class HeardPlaces {
  /** In order of time. */
  readonly stretches: readonly HeardStretch[];

  constructor({ audio, durationMs }: Pick<PageData, 'audio' | 'durationMs'>) {
    const { frameMs, leftOutMs, first } = audio;
    this.stretches =
      leftOutMs === 0
        ? [{ fromMs: 0, toMs: durationMs }]
        : first.segments.map(({ place, packets }) => ({
            fromMs: place * frameMs,
            toMs: (place + packets) * frameMs,
          }));
  }

  /** The stretch that a place is in, or else the next one, or else the last. */
  nearest(atMs: number): HeardStretch | undefined {
    return this.#behind(atMs) ?? this.stretches.at(-1);
  }

  /** Whether something of a time can be heard. */
  hasSound(fromMs: number, toMs: number): boolean {
    return (this.#behind(fromMs)?.fromMs ?? Number.POSITIVE_INFINITY) < toMs;
  }

  /** The stretch that a place is in, or else the next one. */
  #behind(atMs: number): HeardStretch | undefined {
    const { stretches } = this;
    const endOf = (index: number): number => (stretches[index] as HeardStretch).toMs;
    return stretches[firstBehind(stretches.length, endOf, atMs)];
  }
}
