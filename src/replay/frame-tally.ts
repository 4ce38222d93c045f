import { ProvenanceTrack } from '../analysis/cell-track.js';
import { LatencyHistogram, type LatencyPercentiles } from '../latency-histogram.js';
import type { AudioFrame, Provenance } from '../receiver/audio-frame.js';
import { GRID_TICKS, isSubstitute, PROVENANCES } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';

/**
 * A part of the latency, ms.
 *
 * Mode `recognizer`, of audio that came itself: `network` how much later than the minimum-delay line its packet came,
 * `engine` how long it was held. Mode `playout`: `target` the delay aimed at, `buffer` the audio at hand. `total` is what
 * was handed out or heard.
 */
export interface LedgerRow {
  readonly stage: 'network' | 'engine' | 'target' | 'buffer' | 'total';
  readonly ms: LatencyPercentiles;
}

const PLAYED_MS = 10;
const PLAYED_TICKS = 480;

/** Counts what the frames of a replay say, in memory that grows by a byte or two for 2.5 ms. */
export class FrameTally {
  /** Of what was first handed out, in mode `playout` of what was heard. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** What was first handed out, on the sender's time line. */
  readonly handedOut: ProvenanceTrack = new ProvenanceTrack();
  /** The same with every repair in it; in mode `playout` what was heard, on the listener's time line. */
  readonly final: ProvenanceTrack = new ProvenanceTrack();
  readonly playedMs: Readonly<Record<Provenance, number>>;
  readonly #playedMs: Record<Provenance, number>;
  readonly #parts = {
    network: new LatencyHistogram(),
    engine: new LatencyHistogram(),
    target: new LatencyHistogram(),
    buffer: new LatencyHistogram(),
  };
  /** Means by duration: when audio was handed out, and where it ends. */
  #meanUs = 0;
  #meanEndTicks = 0;
  #meanTicks = 0;
  #repairedFrames = 0;
  #repairedTicks = 0;
  #playedTicks = 0;

  constructor() {
    this.#playedMs = Object.fromEntries(PROVENANCES.map((name) => [name, 0])) as Record<
      Provenance,
      number
    >;
    this.playedMs = this.#playedMs;
  }

  /** What a listener or recognizer was given at first. */
  get first(): ProvenanceTrack {
    return this.#playedTicks > 0 ? this.final : this.handedOut;
  }

  get repairedFrames(): number {
    return this.#repairedFrames;
  }

  get repairedTicks(): number {
    return this.#repairedTicks;
  }

  add(frame: AudioFrame): void {
    const { mediaTicks, durationTicks, provenance, latencyUs, arrivalUs } = frame;
    this.final.mark(mediaTicks, durationTicks, provenance);
    if (frame.version > 0) {
      this.#repairedFrames++;
      this.#repairedTicks += durationTicks;
      return;
    }
    this.handedOut.mark(mediaTicks, durationTicks, provenance);
    this.#addToMiddle(frame.finalisedUs, mediaTicks + durationTicks, durationTicks);
    const weight = durationTicks / GRID_TICKS;
    this.latency.add(latencyUs / 1000, weight);
    if (arrivalUs === undefined || provenance !== 'received') return;
    const heldUs = frame.finalisedUs - arrivalUs;
    this.#parts.network.add(Math.max(0, latencyUs - heldUs) / 1000, weight);
    this.#parts.engine.add(heldUs / 1000, weight);
  }

  /** Every 10 ms count for what most of it is. */
  addPlayed(frame: PlayoutFrame, atUs: number): void {
    const startTicks = this.#playedTicks;
    this.#playedTicks += PLAYED_TICKS;
    if (!frame.isPlaying) return;
    const { mediaTicks, provenance } = frame;
    this.#playedMs[provenance] += PLAYED_MS;
    this.latency.add(frame.delayMs);
    this.#parts.target.add(frame.targetDelayMs);
    this.#parts.buffer.add(frame.bufferedMs);
    this.final.mark(startTicks, PLAYED_TICKS, provenance);
    // What is made up stands where the real audio goes on, which is still to be played.
    if (!isSubstitute(provenance)) this.#addToMiddle(atUs, mediaTicks, PLAYED_TICKS);
    if (!isSubstitute(provenance) || this.handedOut.at(mediaTicks) === undefined) {
      this.handedOut.mark(mediaTicks, PLAYED_TICKS, provenance);
    }
  }

  /** When the audio was handed out in the mean, and the mean of where it stands. In mode `playout` real audio only. */
  get middle(): { readonly atUs: number; readonly endTicks: number } {
    return { atUs: this.#meanUs, endTicks: this.#meanEndTicks };
  }

  #addToMiddle(atUs: number, endTicks: number, durationTicks: number): void {
    this.#meanTicks += durationTicks;
    const share = durationTicks / this.#meanTicks;
    this.#meanUs += (atUs - this.#meanUs) * share;
    this.#meanEndTicks += (endTicks - this.#meanEndTicks) * share;
  }

  ledger(): LedgerRow[] {
    const { network, engine, target, buffer } = this.#parts;
    const rows = { network, engine, target, buffer, total: this.latency };
    return (Object.keys(rows) as LedgerRow['stage'][])
      .filter((stage) => stage === 'total' || rows[stage].count > 0)
      .map((stage) => ({ stage, ms: toMicroseconds(rows[stage].percentiles()) }));
  }
}

/** What floating point adds behind the µs of the engine is no measurement. */
export function toMicroseconds({
  mean,
  p50,
  p95,
  p99,
  max,
}: LatencyPercentiles): LatencyPercentiles {
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;
  return { mean: round(mean), p50: round(p50), p95: round(p95), p99: round(p99), max: round(max) };
}
