import type { AudioChunk } from '../recognizers/recognizer.js';
import { amendAudio, type PlacedAudio } from './amended-audio.js';
import { VoiceActivityDetector, type VoiceActivityOptions } from './voice-activity.js';

/** What a decoder that works utterance by utterance is to do next. */
export type UtteranceStep =
  | {
      readonly kind: 'speech';
      readonly state: 'start' | 'end';
      readonly atMs: number;
      readonly levelDb: number;
    }
  /** `atMs` is the media time of the first sample of the utterance's audio, lead-in included. */
  | { readonly kind: 'begin'; readonly atMs: number }
  | { readonly kind: 'audio'; readonly pcm: Int16Array }
  | { readonly kind: 'end'; readonly atMs: number };

export interface UtteranceOptions {
  /** Audio handed over from before the speech began, ms: word starts are softer than the detector's threshold. */
  readonly leadInMs: number;
  /** An utterance ends at the next short pause after three quarters of this, and at once after all of it, ms. */
  readonly maxUtteranceMs: number;
  readonly voiceActivity: VoiceActivityOptions;
}

/** Quiet time that ends an utterance that has grown long, ms. */
const LATE_HANGOVER_MS = 80;
const DEFAULT_HANGOVER_MS = 500;

/** Cuts a stream of chunks into utterances with some audio before and after each. */
export class UtteranceSegmenter {
  readonly #sampleRateHz: number;
  readonly #leadInMs: number;
  readonly #maxUtteranceMs: number;
  readonly #hangoverMs: number;
  readonly #voice: VoiceActivityDetector;
  /** The newest audio while nobody speaks: the lead-in of what comes. */
  #held: AudioChunk[] = [];
  #nextMs: number | undefined;
  #begunMs: number | undefined;

  constructor(sampleRateHz: number, options: UtteranceOptions) {
    this.#sampleRateHz = sampleRateHz;
    this.#leadInMs = options.leadInMs;
    this.#maxUtteranceMs = options.maxUtteranceMs;
    this.#hangoverMs = options.voiceActivity.hangoverMs ?? DEFAULT_HANGOVER_MS;
    this.#voice = new VoiceActivityDetector(sampleRateHz, options.voiceActivity);
  }

  process(chunk: AudioChunk): readonly UtteranceStep[] {
    const steps: UtteranceStep[] = [];
    const sampleMs = 1000 / this.#sampleRateHz;
    if (this.#nextMs !== undefined && Math.abs(chunk.startMs - this.#nextMs) > sampleMs) {
      // Audio is missing here: words across the seam would have wrong times.
      steps.push(...this.flush());
      this.#held = [];
    }
    const endMs = chunk.startMs + chunk.durationMs;
    this.#nextMs = endMs;
    if (this.#begunMs === undefined && this.#voice.speaking) {
      // Speech goes on after a flush, a gap or a forced end.
      this.#begunMs = chunk.startMs;
      steps.push({ kind: 'begin', atMs: chunk.startMs });
    }
    let taken = false;
    for (const { state, atMs, levelDb } of this.#voice.process(chunk)) {
      if (state === 'start') {
        this.#held.push(chunk);
        steps.push({ kind: 'speech', state, atMs, levelDb }, ...this.#begin(atMs));
      } else {
        if (!taken) steps.push({ kind: 'audio', pcm: chunk.pcm });
        steps.push({ kind: 'speech', state, atMs, levelDb }, ...this.#end(endMs));
      }
      taken = true;
    }
    if (!taken) {
      if (this.#begunMs === undefined) this.#hold(chunk);
      else steps.push({ kind: 'audio', pcm: chunk.pcm });
    }
    steps.push(...this.#boundLength(endMs));
    return steps;
  }

  /** Puts better audio in the place of what waits to be a lead-in; whether somebody spoke in it is not asked again. */
  repair(better: PlacedAudio): void {
    for (const held of this.#held) amendAudio(held, better, this.#sampleRateHz);
  }

  /** Ends the utterance that is open, if one is; speech may go on in the next. */
  flush(): readonly UtteranceStep[] {
    return this.#begunMs === undefined ? [] : this.#end(this.#nextMs ?? this.#begunMs);
  }

  #begin(speechMs: number): UtteranceStep[] {
    const samplesPerMs = this.#sampleRateHz / 1000;
    const firstMs = this.#held[0]?.startMs ?? speechMs;
    const wantedMs = Math.max(firstMs, speechMs - this.#leadInMs);
    const steps: UtteranceStep[] = [];
    let beginMs: number | undefined;
    for (const { startMs, pcm } of this.#held) {
      const skip = Math.max(0, Math.round((wantedMs - startMs) * samplesPerMs));
      if (skip >= pcm.length) continue;
      beginMs ??= startMs + skip / samplesPerMs;
      steps.push({ kind: 'audio', pcm: pcm.subarray(skip) });
    }
    this.#held = [];
    this.#begunMs = beginMs ?? speechMs;
    return [{ kind: 'begin', atMs: this.#begunMs }, ...steps];
  }

  #end(atMs: number): UtteranceStep[] {
    this.#begunMs = undefined;
    this.#voice.hangoverMs = this.#hangoverMs;
    return [{ kind: 'end', atMs }];
  }

  #boundLength(nowMs: number): readonly UtteranceStep[] {
    if (this.#begunMs === undefined) return [];
    const lengthMs = nowMs - this.#begunMs;
    if (lengthMs >= this.#maxUtteranceMs) return this.#end(nowMs);
    if (lengthMs >= this.#maxUtteranceMs * 0.75) this.#voice.hangoverMs = LATE_HANGOVER_MS;
    return [];
  }

  #hold(chunk: AudioChunk): void {
    this.#held.push(chunk);
    const oldestMs = chunk.startMs + chunk.durationMs - this.#leadInMs - 1000;
    while (this.#held[0] !== undefined && this.#held[0].startMs < oldestMs) this.#held.shift();
  }
}
