import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';

interface Mapping {
  /** Media position from which it holds, ms. */
  readonly fromMs: number;
  /** Sender's wall clock at media position 0, ms since 1970. */
  readonly zeroUnixMs: number;
}

/** Moves that are remembered: a sane sender makes one a report, every few seconds. */
const MAX_MAPPINGS = 1024;
/** What the sender's wall clock may move against its media clock before that is remembered, ms. */
const STEP_MS = 1;

/** When audio was captured by the sender's wall clock, as its frames tell. */
export class CaptureTimes {
  readonly #keepMs: number;
  #mappings: Mapping[] = [];

  /** @param keepMs - how far back it is known where the two clocks moved against each other */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Takes the next frame; a repair of an earlier one tells nothing new. */
  noteFrame({ mediaTicks, captureUnixUs, version }: Omit<AudioFrame, 'pcm'>): void {
    if (captureUnixUs === undefined || version > 0) return;
    const fromMs = (mediaTicks * 1000) / TICKS_PER_SECOND;
    const zeroUnixMs = captureUnixUs / 1000 - fromMs;
    const last = this.#mappings.at(-1);
    if (last !== undefined && Math.abs(last.zeroUnixMs - zeroUnixMs) < STEP_MS) return;
    this.#mappings.push({ fromMs, zeroUnixMs });
    const [, second] = this.#mappings;
    const isPast = second !== undefined && second.fromMs < fromMs - this.#keepMs;
    if (isPast || this.#mappings.length > MAX_MAPPINGS) this.#mappings.shift();
  }

  /** Of a media position, ms since 1970; undefined while the sender has told nothing. */
  unixMsAt(mediaMs: number): number | undefined {
    // What was heard before the sender told its time was captured by the same clock.
    const mapping = this.#mappings.findLast(({ fromMs }) => fromMs <= mediaMs) ?? this.#mappings[0];
    return mapping === undefined ? undefined : mapping.zeroUnixMs + mediaMs;
  }
}
