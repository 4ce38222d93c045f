import { AudioSpool, SPOOL_FRAME_MS, type SpooledAudio } from './audio-spool.js';

/** The sound of a call as a page carries it. */
export interface CallAudio {
  readonly bitrateBps: number;
  /** As it was handed out in time. */
  readonly first: SpooledAudio;
  /** What was handed out again, with a little of what is around it. */
  readonly repaired: SpooledAudio;
  /** Whether audio at the end was left out for want of room. */
  readonly isCut: boolean;
}

/** Sound of an hour; longer calls get the lowest bit rate and take more room. */
const BUDGET_BYTES = 4_600_000;
const MIN_BITRATE_BPS = 6000;
const MAX_BITRATE_BPS = 24_000;
/** A hostile capture can claim any length: what a browser still opens. */
const MAX_BYTES = 48_000_000;
/** The engine repairs what is at most a second old; the rest is for what repairs follow on. */
const WINDOW_FRAMES: number = 3000 / SPOOL_FRAME_MS;
/** A jump of the time line beyond this is a hole in the recording, not silence. */
const MAX_SILENCE_FRAMES: number = 60_000 / SPOOL_FRAME_MS;
/** A decoder needs 80 ms to be right (RFC 7845 4.6): two frames before a repair, and one behind it. */
const LEAD_FRAMES = 2;

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
  readonly #first: AudioSpool;
  readonly #repaired: AudioSpool;
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
    this.#first = new AudioSpool(sampleRateHz, this.#bitrateBps, MAX_BYTES);
    this.#repaired = new AudioSpool(sampleRateHz, this.#bitrateBps, MAX_BYTES / 4);
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

  finish(): CallAudio {
    while (this.#start * this.#frameSamples < this.#end) this.#encodeOldest();
    return {
      bitrateBps: this.#bitrateBps,
      first: this.#first.finish(),
      repaired: this.#repaired.finish(),
      isCut: this.#first.isFull || this.#repaired.isFull,
    };
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
    this.#first.add(this.#start, this.#firstPcm.subarray(from, to));
    if (this.#isNearRepair(slot)) {
      this.#repaired.add(this.#start, this.#repairedPcm.subarray(from, to));
    }
    this.#firstPcm.fill(0, from, to);
    this.#repairedPcm.fill(0, from, to);
    this.#wasRepaired = this.#isRepaired[slot] === 1;
    this.#isRepaired[slot] = 0;
    this.#start++;
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
