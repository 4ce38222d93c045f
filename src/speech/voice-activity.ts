import { checkNames, checkRange } from '../errors.js';
import type { Provenance } from '../receiver/audio-frame.js';
import type { AudioChunk } from '../recognizers/recognizer.js';

export interface VoiceActivityOptions {
  /** Active time that makes a start, 10..500 ms. @defaultValue 40 */
  readonly onsetMs?: number;
  /** Quiet time that makes an end, 50..5000 ms. @defaultValue 500 */
  readonly hangoverMs?: number;
  /** How far above the noise floor speech must stand, 3..30 dB. @defaultValue 9 */
  readonly marginDb?: number;
  /** Nothing below this level is speech, -90..-20 dB relative to full scale. @defaultValue -55 */
  readonly minLevelDb?: number;
}

/** A change between speech and no speech, at its media time. */
export interface VoiceTransition {
  readonly state: 'start' | 'end';
  readonly atMs: number;
  /** Mean level of the speech that ended, dB relative to full scale; at a start that of its first frame. */
  readonly levelDb: number;
}

const FRAME_MS = 10;
/** The noise floor is the least level of this long: longer than a phrase without a pause. */
const FLOOR_BUCKETS = 12;
const FRAMES_PER_BUCKET = 25;
const FLOOR_RANGE_DB: readonly [number, number] = [-75, -30];
const QUIETEST_DB = -127;
/** Hum and offset below this do not count as level. */
const HIGH_PASS_HZ = 100;
const OPTIONS = ['onsetMs', 'hangoverMs', 'marginDb', 'minLevelDb'];

/**
 * Tells speech from none by its level over a tracked noise floor.
 *
 * The floor is the minimum of the last three seconds that were truly heard. Comfort noise, DTX and sender's silence are
 * no speech whatever they sound like, and neither they nor concealment move the floor: a pause made of zeros must
 * not make the noise after it look like a voice.
 */
export class VoiceActivityDetector {
  readonly #frameSamples: number;
  readonly #pole: number;
  readonly #onsetMs: number;
  readonly #marginDb: number;
  readonly #minLevelDb: number;
  #hangoverMs: number;

  #lastInput = 0;
  #lastOutput = 0;
  #energy = 0;
  #samples = 0;
  #heardSamples = 0;
  #pauseSamples = 0;

  #bucketsDb: number[] = [-60];
  #bucketMinDb = 0;
  #bucketFrames = 0;
  #smoothDb = QUIETEST_DB;

  #speaking = false;
  #activeMs = 0;
  #activeSinceMs = 0;
  #quietMs = 0;
  #lastActive = false;
  #speechDbSum = 0;
  #speechFrames = 0;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
  constructor(sampleRateHz: number, options: VoiceActivityOptions = {}) {
    checkNames('VoiceActivityDetector', options, OPTIONS);
    const { onsetMs = 40, hangoverMs = 500, marginDb = 9, minLevelDb = -55 } = options;
    checkRange('sampleRateHz', sampleRateHz, 8000, 48_000);
    checkRange('onsetMs', onsetMs, 10, 500);
    checkRange('hangoverMs', hangoverMs, 50, 5000);
    checkRange('marginDb', marginDb, 3, 30);
    checkRange('minLevelDb', minLevelDb, -90, -20);
    this.#frameSamples = (sampleRateHz * FRAME_MS) / 1000;
    this.#pole = Math.exp((-2 * Math.PI * HIGH_PASS_HZ) / sampleRateHz);
    this.#onsetMs = onsetMs;
    this.#hangoverMs = hangoverMs;
    this.#marginDb = marginDb;
    this.#minLevelDb = minLevelDb;
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** Quiet time that makes an end, from now on, ms. */
  set hangoverMs(hangoverMs: number) {
    this.#hangoverMs = hangoverMs;
  }

  /** Level of the noise as tracked, dB relative to full scale. */
  get noiseFloorDb(): number {
    const least = Math.min(...this.#bucketsDb, this.#bucketMinDb);
    return Math.min(FLOOR_RANGE_DB[1], Math.max(FLOOR_RANGE_DB[0], least));
  }

  /** Takes the next chunk and tells what changed in it, in order. */
  process(chunk: AudioChunk): readonly VoiceTransition[] {
    const transitions: VoiceTransition[] = [];
    const samplesPerMs = chunk.sampleRateHz / 1000;
    let at = 0;
    for (const [index, span] of chunk.spans.entries()) {
      const last = index === chunk.spans.length - 1;
      const end = last ? chunk.pcm.length : Math.round(at + span.durationMs * samplesPerMs);
      for (; at < end && at < chunk.pcm.length; at++) {
        this.#addSample(chunk.pcm[at] ?? 0, span.provenance);
        if (this.#samples < this.#frameSamples) continue;
        const transition = this.#endFrame(chunk.startMs + (at + 1) / samplesPerMs);
        if (transition !== undefined) transitions.push(transition);
      }
    }
    return transitions;
  }

  #addSample(input: number, provenance: Provenance): void {
    const output = input - this.#lastInput + this.#pole * this.#lastOutput;
    this.#lastInput = input;
    this.#lastOutput = output;
    this.#energy += output * output;
    this.#samples++;
    if (isPause(provenance)) this.#pauseSamples++;
    else if (provenance !== 'plc') this.#heardSamples++;
  }

  #endFrame(nowMs: number): VoiceTransition | undefined {
    const power = this.#energy / this.#samples / 32_768 ** 2;
    const levelDb = power > 0 ? Math.max(QUIETEST_DB, 10 * Math.log10(power)) : QUIETEST_DB;
    const pause = this.#pauseSamples * 2 > this.#samples;
    const heard = this.#heardSamples === this.#samples;
    this.#energy = 0;
    this.#samples = 0;
    this.#pauseSamples = 0;
    this.#heardSamples = 0;
    if (heard) this.#trackFloor(levelDb);
    const threshold = Math.max(this.#minLevelDb, this.noiseFloorDb + this.#marginDb);
    const active = !pause && levelDb > threshold;
    const transition = this.#speaking
      ? this.#whileSpeaking(active, levelDb, nowMs)
      : this.#whileQuiet(active, levelDb, nowMs);
    this.#lastActive = active;
    return transition;
  }

  #trackFloor(levelDb: number): void {
    // Three frames smoothed: one frame alone dips by chance.
    this.#smoothDb += (levelDb - this.#smoothDb) / 3;
    this.#bucketMinDb = Math.min(this.#bucketMinDb, this.#smoothDb);
    if (++this.#bucketFrames < FRAMES_PER_BUCKET) return;
    this.#bucketsDb.push(this.#bucketMinDb);
    if (this.#bucketsDb.length > FLOOR_BUCKETS) this.#bucketsDb.shift();
    this.#bucketMinDb = 0;
    this.#bucketFrames = 0;
  }

  #whileQuiet(active: boolean, levelDb: number, nowMs: number): VoiceTransition | undefined {
    if (active && this.#activeMs === 0) this.#activeSinceMs = nowMs - FRAME_MS;
    this.#activeMs = active ? this.#activeMs + FRAME_MS : Math.max(0, this.#activeMs - FRAME_MS);
    if (this.#activeMs < this.#onsetMs) return undefined;
    this.#speaking = true;
    this.#activeMs = 0;
    this.#quietMs = 0;
    this.#speechDbSum = levelDb;
    this.#speechFrames = 1;
    return { state: 'start', atMs: this.#activeSinceMs, levelDb };
  }

  #whileSpeaking(active: boolean, levelDb: number, nowMs: number): VoiceTransition | undefined {
    if (active) {
      this.#speechDbSum += levelDb;
      this.#speechFrames++;
    }
    // A single loud frame is a click and does not keep an utterance open.
    this.#quietMs = active && this.#lastActive ? 0 : this.#quietMs + FRAME_MS;
    if (this.#quietMs < this.#hangoverMs) return undefined;
    this.#speaking = false;
    return {
      state: 'end',
      atMs: nowMs - this.#quietMs,
      levelDb: this.#speechDbSum / this.#speechFrames,
    };
  }
}

function isPause(provenance: Provenance): boolean {
  return provenance === 'cng' || provenance === 'dtx' || provenance === 'silence';
}
