import type { Provenance } from './audio-frame.js';
import { PROVENANCES } from './audio-frame.js';

/** 10 ms for a listener who hears them. */
export interface PlayoutFrame {
  /** 16-bit PCM at the receiver's sample rate, exactly 10 ms; interleaved with two channels. */
  readonly pcm: Int16Array;
  /** Media position of the first sample, 48 kHz ticks; of made-up audio, where it will be gone on from. */
  readonly mediaTicks: number;
  /** Of most of the samples. */
  readonly provenance: Provenance;
  /** False before the first audio of the stream is played: comfort noise, which counts nowhere. */
  readonly isPlaying: boolean;
  /** Time that was made up, ms. */
  readonly concealedMs: number;
  /** Time that time-stretch took out or put in since the frame before, ms. */
  readonly removedMs: number;
  readonly insertedMs: number;
  /** How late the first sample is over the minimum-delay line, ms. */
  readonly delayMs: number;
  /** The delay that is aimed at, ms. */
  readonly targetDelayMs: number;
  /** Audio that has come and is not played yet, ms. */
  readonly bufferedMs: number;
}

/** Numbers that native/addon/receiver_fields.cc writes for 10 ms, in the order in which they are read here. */
export const BLOCK_FIELDS = 9;

/** Makes the frame that the addon wrote at `index`. */
export function readPlayoutFrame(
  blocks: Float64Array,
  index: number,
  pcm: Int16Array,
  sampleRateHz: number,
): PlayoutFrame {
  const at = index * BLOCK_FIELDS;
  const field = (offset: number): number => blocks[at + offset] as number;
  const msOf = (samples: number): number => (samples * 1000) / sampleRateHz;
  return {
    pcm,
    mediaTicks: field(0),
    provenance: PROVENANCES[field(1)] as Provenance,
    isPlaying: field(2) !== 0,
    concealedMs: msOf(field(3)),
    removedMs: msOf(field(4)),
    insertedMs: msOf(field(5)),
    delayMs: field(6) / 1000,
    targetDelayMs: field(7) / 1000,
    bufferedMs: field(8) / 1000,
  };
}
