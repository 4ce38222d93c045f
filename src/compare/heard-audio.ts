import { LatencyHistogram } from '../latency-histogram.js';
import {
  type AudioFrame,
  GRID_TICKS,
  type Provenance,
  TICKS_PER_MS,
} from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import type { CompareLatency } from './row.js';

const PLAYED_MS = 10;
const INTERRUPTION_MS = 150;
/** Concealed places remembered for a repair; the engine repairs no more than some seconds. */
const MAX_REMEMBERED = 1 << 16;
const PAUSES: readonly Provenance[] = ['dtx', 'silence', 'cng'];

/** Collects what a listener was given: how late its audio was, and how much of it was made up. */
export class HeardAudio {
  readonly #latency = new LatencyHistogram();
  readonly #concealedPlaces = new Set<number>();
  #totalMs = 0;
  #concealedMs = 0;
  #repairedMs = 0;
  #runMs = 0;
  #interruptions = 0;

  /** @param latencyMs - of the frame's end */
  addFrame(
    { version, mediaTicks, durationTicks, provenance }: AudioFrame,
    latencyMs: number,
  ): void {
    const places = durationTicks / GRID_TICKS;
    const firstPlace = mediaTicks / GRID_TICKS;
    if (version > 0) {
      if (provenance === 'plc') return;
      for (let place = firstPlace; place < firstPlace + places; place++) {
        if (this.#concealedPlaces.delete(place)) this.#repairedMs += GRID_TICKS / TICKS_PER_MS;
      }
      return;
    }
    this.#add(provenance, durationTicks / TICKS_PER_MS);
    if (!PAUSES.includes(provenance)) this.#latency.add(latencyMs, places);
    if (provenance !== 'plc') return;
    for (let place = firstPlace; place < firstPlace + places; place++) this.#remember(place);
  }

  addPlayed({ isPlaying, provenance, concealedMs }: PlayoutFrame, latencyMs: number): void {
    if (!isPlaying) return;
    this.#add(provenance, PLAYED_MS);
    // A block counts as what most of it is; how much of it was made up is known exactly.
    this.#concealedMs += concealedMs - (provenance === 'plc' ? PLAYED_MS : 0);
    if (!PAUSES.includes(provenance)) this.#latency.add(latencyMs);
  }

  get latencyMs(): CompareLatency {
    const { mean, p50, p95, p99 } = this.#latency.percentiles();
    return { mean, p50, p95, p99 };
  }

  get concealedRatio(): number {
    return this.#totalMs === 0 ? 0 : this.#concealedMs / this.#totalMs;
  }

  get repairedConcealedRatio(): number {
    return this.#totalMs === 0 ? 0 : (this.#concealedMs - this.#repairedMs) / this.#totalMs;
  }

  get interruptions(): number {
    return this.#interruptions;
  }

  #add(provenance: Provenance, durationMs: number): void {
    this.#totalMs += durationMs;
    const before = this.#runMs;
    this.#runMs = provenance === 'plc' ? before + durationMs : 0;
    if (provenance !== 'plc') return;
    this.#concealedMs += durationMs;
    if (before < INTERRUPTION_MS && this.#runMs >= INTERRUPTION_MS) this.#interruptions++;
  }

  #remember(place: number): void {
    this.#concealedPlaces.add(place);
    if (this.#concealedPlaces.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#concealedPlaces;
    if (oldest !== undefined) this.#concealedPlaces.delete(oldest);
  }
}
