import { OpusEncoder } from '../receiver/opus-encoder.js';
import { type KeptSound, KeptSoundStore } from './kept-sound.js';

/** The sound of a call as a page carries it: `first` as it was handed out in time, `repaired` what was handed out again. */
export interface CallAudio extends KeptSound {
  readonly bitrateBps: number;
}

export const SPOOL_FRAME_MS = 60;
/** Of the 30 s an hour takes at libopus's own choice, 4 are left, at the same distance from what was put in (9 dB at 10 kbit/s). */
const COMPLEXITY = 1;
/** Sound of an hour; longer calls get the lowest bit rate and take more room. */
const BUDGET_BYTES = 4_600_000;
const MIN_BITRATE_BPS = 6000;
const MAX_BITRATE_BPS = 24_000;
/** Up to here a page tells a call in full. */
export const WHOLE_MS: number = 2 * 3_600_000;
/** Both versions of that at the lowest bit rate are 10.8 MB, give or take. */
const WHOLE_BYTES = 12_000_000;
/** Of longer ones as much as leaves a page under 16 MB: four hours of speech. */
const LONG_BYTES = 8_000_000;
/** The engine repairs what is at most a second old; the rest is for what repairs follow on. */
const WINDOW_FRAMES: number = 3000 / SPOOL_FRAME_MS;
/** A jump of the time line beyond this is a hole in the recording, not silence. */
const MAX_SILENCE_FRAMES: number = 60_000 / SPOOL_FRAME_MS;
/** A decoder needs 80 ms to be right (RFC 7845 4.6): two frames before a repair, and one behind it. */
const LEAD_FRAMES = 2;
/** What is heard before and after a bad place, so that one knows what was said. */
const BEFORE_TROUBLE_FRAMES: number = 3000 / SPOOL_FRAME_MS;
const AFTER_TROUBLE_FRAMES: number = 1500 / SPOOL_FRAME_MS;

/** Bits per second that keep the sound of a call within its part of the page. */
export function bitrateFor(durationMs: number): number {
  const fitting = (BUDGET_BYTES * 8) / Math.max(1, durationMs / 1000);
  return Math.round(Math.min(MAX_BITRATE_BPS, Math.max(MIN_BITRATE_BPS, fitting)));
}

/**
 * Records a call twice: as handed out in time, and where repairs came, as repaired.
 *
 * Holds three seconds of PCM; behind them all is encoded.
 */
export class CallAudioRecorder {
  readonly #bitrateBps: number;
  readonly #frameSamples: number;
  readonly #encoders: Readonly<Record<'first' | 'repaired', OpusEncoder>>;
  readonly #kept: KeptSoundStore;
  readonly #firstPcm: Int16Array;
  readonly #repairedPcm: Int16Array;
  /** By frame of the window: whether a repair touched it. */
  readonly #isRepaired = new Uint8Array(WINDOW_FRAMES);
  /** Whether the frame that was encoded last was repaired. */
  #wasRepaired = false;
  /** Frames before it are encoded. */
  #start = 0;
  /** Samples of the time line so far. */
  #end = 0;

  constructor(sampleRateHz: number, durationMs: number) {
    this.#bitrateBps = bitrateFor(durationMs);
    this.#frameSamples = (sampleRateHz * SPOOL_FRAME_MS) / 1000;
    const encoder = (): OpusEncoder =>
      new OpusEncoder({
        sampleRateHz,
        bitrateBps: this.#bitrateBps,
        frameMs: SPOOL_FRAME_MS,
        complexity: COMPLEXITY,
      });
    this.#encoders = { first: encoder(), repaired: encoder() };
    this.#kept = new KeptSoundStore(durationMs <= WHOLE_MS ? WHOLE_BYTES : LONG_BYTES);
    this.#firstPcm = new Int16Array(WINDOW_FRAMES * this.#frameSamples);
    this.#repairedPcm = new Int16Array(WINDOW_FRAMES * this.#frameSamples);
  }

  /** Takes audio at a sample of the time line; it must not lie before what was taken so far. */
  add(sample: number, pcm: Int16Array): void {
    if (sample < this.#end) return;
    this.#moveOn(sample);
    for (let taken = 0; taken < pcm.length; ) {
      this.#makeRoom(Math.floor(this.#end / this.#frameSamples));
      const room = (this.#start + WINDOW_FRAMES) * this.#frameSamples - this.#end;
      const part = pcm.subarray(taken, taken + room);
      this.#put(this.#firstPcm, this.#end, part);
      this.#put(this.#repairedPcm, this.#end, part);
      this.#end += part.length;
      taken += part.length;
    }
  }

  /** Takes a second version of what was taken; what is older than the window is left as it was. */
  addRepair(sample: number, pcm: Int16Array): void {
    const from = Math.max(sample, this.#start * this.#frameSamples);
    const to = Math.min(sample + pcm.length, this.#end);
    if (to <= from) return;
    this.#put(this.#repairedPcm, from, pcm.subarray(from - sample, to - sample));
    const lastFrame = Math.floor((to - 1) / this.#frameSamples);
    for (let frame = Math.floor(from / this.#frameSamples); frame <= lastFrame; frame++) {
      this.#isRepaired[frame % WINDOW_FRAMES] = 1;
    }
  }

  /** Says that audio at a sample was made up: sound near it is kept before other sound. */
  markMadeUp(sample: number, samples: number): void {
    this.#kept.mark(
      Math.floor(sample / this.#frameSamples) - BEFORE_TROUBLE_FRAMES,
      Math.ceil((sample + samples) / this.#frameSamples) + AFTER_TROUBLE_FRAMES,
      (samples / this.#frameSamples) * SPOOL_FRAME_MS,
    );
  }

  finish(): CallAudio {
    while (this.#start * this.#frameSamples < this.#end) this.#encodeOldest();
    for (const encoder of Object.values(this.#encoders)) encoder.close();
    return { bitrateBps: this.#bitrateBps, ...this.#kept.finish() };
  }

  /** Fills with silence up to a sample, or leaves a hole where that is far. */
  #moveOn(sample: number): void {
    const frame = Math.floor(sample / this.#frameSamples);
    if (frame - this.#start > MAX_SILENCE_FRAMES + WINDOW_FRAMES) {
      while (this.#start * this.#frameSamples < this.#end) this.#encodeOldest();
      this.#start = frame;
    }
    this.#makeRoom(frame);
    this.#end = sample;
  }

  #makeRoom(frame: number): void {
    while (frame >= this.#start + WINDOW_FRAMES) this.#encodeOldest();
  }

  #encodeOldest(): void {
    const slot = this.#start % WINDOW_FRAMES;
    const [from, to] = [slot * this.#frameSamples, (slot + 1) * this.#frameSamples];
    this.#encode('first', this.#firstPcm.subarray(from, to));
    if (this.#isNearRepair(slot)) this.#encode('repaired', this.#repairedPcm.subarray(from, to));
    this.#firstPcm.fill(0, from, to);
    this.#repairedPcm.fill(0, from, to);
    this.#wasRepaired = this.#isRepaired[slot] === 1;
    this.#isRepaired[slot] = 0;
    this.#start++;
  }

  #encode(version: 'first' | 'repaired', pcm: Int16Array): void {
    this.#kept.add(version, this.#start, this.#encoders[version].encode(pcm));
  }

  /** One frame behind a repair, and as many before it as a decoder needs to get into step. */
  #isNearRepair(slot: number): boolean {
    if (this.#wasRepaired) return true;
    for (let ahead = 0; ahead <= LEAD_FRAMES; ahead++) {
      if (this.#isRepaired[(slot + ahead) % WINDOW_FRAMES] === 1) return true;
    }
    return false;
  }

  #put(ring: Int16Array, sample: number, pcm: Int16Array): void {
    const at = sample % ring.length;
    const head = pcm.subarray(0, ring.length - at);
    ring.set(head, at);
    ring.set(pcm.subarray(head.length), 0);
  }
}
