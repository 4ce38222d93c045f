import { checkRange } from '../errors.js';
import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { AudioChunk, ProvenanceSpan } from '../recognizers/recognizer.js';
import { addSpan, amendAudio, amendSpans } from './amended-audio.js';
import type { FrameStamps } from './latency-ledger.js';

/** A chunk ready for the recognizer, with the frames whose last sample is in it. */
export interface ReadyChunk {
  readonly chunk: AudioChunk;
  readonly completed: readonly FrameStamps[];
}

/** A decoded frame and the stamps it carries. */
export interface ChunkerFrame extends FrameStamps {
  readonly frame: FrameStamps['frame'] & { readonly pcm: Int16Array };
}

/** A run of audio that had to make room. */
export interface DroppedAudio {
  readonly startMs: number;
  readonly durationMs: number;
}

/**
 * The decode buffer: frames in, chunks of a fixed length out, on the sender's time base.
 *
 * Chunks follow one another to the sample, but where audio was dropped or is missing: there `startMs` jumps. What
 * the recognizer does not take waits here, up to `limitMs`; then the oldest goes, because the newest is what
 * still can be in time.
 */
export class Chunker {
  readonly #sampleRateHz: number;
  readonly #chunkSamples: number;
  readonly #limitMs: number;
  #ready: ReadyChunk[] = [];
  #readyMs = 0;

  #pcm: Int16Array;
  #filled = 0;
  /** Media position of the chunk being filled, in samples: integers do not drift. */
  #startSample = 0;
  #nextSample: number | undefined;
  #spans: ProvenanceSpan[] = [];
  #completed: FrameStamps[] = [];

  /**
   * @param chunkMs - length of a chunk, 10..200 ms
   * @param limitMs - audio that may wait, chunk being filled not counted, 100..60000 ms
   * @throws {EarshotError} `EARSHOT_BAD_OPTION`
   */
  constructor(sampleRateHz: number, chunkMs: number, limitMs: number) {
    checkRange('chunkMs', chunkMs, 10, 200);
    checkRange('maxDecodeBufferMs', limitMs, 100, 60_000);
    this.#sampleRateHz = sampleRateHz;
    this.#chunkSamples = Math.round((chunkMs * sampleRateHz) / 1000);
    this.#limitMs = limitMs;
    this.#pcm = new Int16Array(this.#chunkSamples);
  }

  /** Audio waiting, ms, the chunk being filled included. */
  get waitingMs(): number {
    return this.#readyMs + this.#toMs(this.#filled);
  }

  get limitMs(): number {
    return this.#limitMs;
  }

  /** Takes the next frame in media order; returns what had to make room for it, oldest first. */
  add({ frame, decodedUs, capturedUs }: ChunkerFrame): readonly DroppedAudio[] {
    const { pcm, ...described } = frame;
    const startSample = this.#sampleAt(frame.mediaTicks);
    if (this.#nextSample !== undefined && startSample !== this.#nextSample) this.completePartial();
    if (this.#filled === 0) this.#startSample = startSample;
    this.#nextSample = startSample + pcm.length;
    for (let taken = 0; taken < pcm.length; ) {
      const take = Math.min(pcm.length - taken, this.#chunkSamples - this.#filled);
      this.#pcm.set(pcm.subarray(taken, taken + take), this.#filled);
      this.#filled += take;
      taken += take;
      addSpan(this.#spans, frame.provenance, this.#toMs(take));
      if (taken === pcm.length) this.#completed.push({ frame: described, decodedUs, capturedUs });
      if (this.#filled === this.#chunkSamples) this.completePartial();
    }
    return this.#makeRoom();
  }

  /** Puts a later version of audio in the place of the first where that waits; returns what of it has left before. */
  amend({ pcm, mediaTicks, provenance, version }: AudioFrame): AudioChunk | undefined {
    const startSample = this.#sampleAt(mediaTicks);
    const better = { startMs: this.#toMs(startSample), pcm };
    this.#ready = this.#ready.map((ready) => {
      const stretch = amendAudio(ready.chunk, better, this.#sampleRateHz);
      if (stretch === undefined) return ready;
      const spans = amendSpans(ready.chunk.spans, stretch, provenance);
      return { ...ready, chunk: { ...ready.chunk, spans } };
    });
    const filling = {
      startMs: this.#toMs(this.#startSample),
      pcm: this.#pcm.subarray(0, this.#filled),
    };
    const stretch = amendAudio(filling, better, this.#sampleRateHz);
    if (stretch !== undefined) this.#spans = amendSpans(this.#spans, stretch, provenance);

    const waitsFromMs = this.#ready[0]?.chunk.startMs ?? filling.startMs;
    const waitsFrom = Math.round((waitsFromMs * this.#sampleRateHz) / 1000);
    const left = pcm.slice(0, Math.max(0, waitsFrom - startSample));
    if (left.length === 0) return undefined;
    const durationMs = this.#toMs(left.length);
    return {
      startMs: better.startMs,
      durationMs,
      sampleRateHz: this.#sampleRateHz,
      pcm: left,
      spans: [{ provenance, durationMs }],
      version,
    };
  }

  /** Makes a chunk of what there is, shorter than the others: at the end of a stream, or before a jump. */
  completePartial(): void {
    if (this.#filled === 0) return;
    const full = this.#filled === this.#chunkSamples;
    const durationMs = this.#toMs(this.#filled);
    this.#ready.push({
      chunk: {
        startMs: this.#toMs(this.#startSample),
        durationMs,
        sampleRateHz: this.#sampleRateHz,
        pcm: full ? this.#pcm : this.#pcm.slice(0, this.#filled),
        spans: this.#spans,
        version: 0,
      },
      completed: this.#completed,
    });
    this.#readyMs += durationMs;
    this.#startSample += this.#filled;
    this.#pcm = new Int16Array(this.#chunkSamples);
    this.#filled = 0;
    this.#spans = [];
    this.#completed = [];
  }

  /** The oldest chunk, left in place. */
  peek(): ReadyChunk | undefined {
    return this.#ready[0];
  }

  /** Takes the oldest chunk out. */
  shift(): ReadyChunk | undefined {
    const ready = this.#ready.shift();
    if (ready !== undefined) this.#readyMs -= ready.chunk.durationMs;
    if (this.#ready.length === 0) this.#readyMs = 0;
    return ready;
  }

  /** Gives up all that waits; returns how much that was, ms. */
  clear(): number {
    this.completePartial();
    const clearedMs = this.#readyMs;
    this.#ready = [];
    this.#readyMs = 0;
    return clearedMs;
  }

  #makeRoom(): readonly DroppedAudio[] {
    const dropped: DroppedAudio[] = [];
    while (this.#readyMs > this.#limitMs) {
      const ready = this.shift();
      if (ready === undefined) break;
      dropped.push({ startMs: ready.chunk.startMs, durationMs: ready.chunk.durationMs });
    }
    return dropped;
  }

  #sampleAt(mediaTicks: number): number {
    return Math.round((mediaTicks * this.#sampleRateHz) / TICKS_PER_SECOND);
  }

  #toMs(samples: number): number {
    return (samples * 1000) / this.#sampleRateHz;
  }
}
