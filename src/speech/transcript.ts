import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type {
  Hypothesis,
  HypothesisAlternative,
  RecognizedWord,
} from '../recognizers/recognizer.js';
import { CaptureTimes } from './capture-times.js';
import { HypothesisBuffer } from './hypothesis-buffer.js';

export interface TranscriptWord extends RecognizedWord {
  /** Share of the word's audio that concealment did not make up, 0..1. */
  readonly heardRatio: number;
  /** `startMs` by the sender's wall clock, ms since 1970; undefined while the sender has told nothing. */
  readonly captureUnixMs: number | undefined;
}

/** What was said in an utterance, as far as it is known. */
export interface Transcript {
  /** Whether it will not change any more. */
  readonly final: boolean;
  /** Counts from 0 over the whole stream, also across a recognizer that was reopened. */
  readonly utterance: number;
  readonly text: string;
  /** Media time, ms from the first packet of the stream. */
  readonly startMs: number;
  readonly endMs: number;
  readonly words: readonly TranscriptWord[];
  /** Best first; the more load, the fewer. */
  readonly alternatives: readonly HypothesisAlternative[];
  /** As of a word, over the whole utterance. */
  readonly heardRatio: number;
  /** As of a word. */
  readonly captureUnixMs: number | undefined;
}

interface ConcealedSpan {
  readonly startMs: number;
  endMs: number;
}

/** Turns hypotheses into transcripts whose words tell when they were said and how much of them was really heard. */
export class TranscriptBuilder {
  readonly #keepMs: number;
  readonly #hypotheses = new HypothesisBuffer();
  readonly #captureTimes: CaptureTimes;
  #concealed: ConcealedSpan[] = [];
  #nextUtterance = 0;
  #firstOfSession = 0;

  /** @param keepMs - how far back frames are remembered; older words count as heard */
  constructor(keepMs = 120_000) {
    this.#keepMs = keepMs;
    this.#captureTimes = new CaptureTimes(keepMs);
  }

  /** Remembers what a frame was made of; a later version of the same audio counts instead of the first. */
  noteFrame(frame: Omit<AudioFrame, 'pcm'>): void {
    const { mediaTicks, durationTicks, provenance, version } = frame;
    this.#captureTimes.noteFrame(frame);
    const startMs = (mediaTicks * 1000) / TICKS_PER_SECOND;
    const endMs = startMs + (durationTicks * 1000) / TICKS_PER_SECOND;
    if (version > 0) this.#clear(startMs, endMs);
    else this.#forget(endMs - this.#keepMs);
    if (provenance === 'plc') this.noteUnheard(startMs, endMs - startMs);
  }

  /** Remembers audio that no recognizer got to hear. */
  noteUnheard(startMs: number, durationMs: number): void {
    const last = this.#concealed.at(-1);
    if (last !== undefined && Math.abs(last.endMs - startMs) < 0.01) last.endMs += durationMs;
    else this.#concealed.push({ startMs, endMs: startMs + durationMs });
  }

  /** A new recognizer session counts its utterances from 0 again. */
  sessionOpened(): void {
    this.#firstOfSession = this.#nextUtterance;
  }

  /** @param loadRatio - audio waiting for the recognizer over what may wait, 0..1 */
  build(
    hypothesis: Extract<Hypothesis, { kind: 'partial' | 'final' }>,
    loadRatio: number,
  ): Transcript {
    const { kind, text, startMs, endMs, words, alternatives, utterance } = this.#hypotheses.update(
      hypothesis,
      loadRatio,
    );
    const number = this.#firstOfSession + utterance;
    this.#nextUtterance = Math.max(this.#nextUtterance, number + 1);
    return {
      final: kind === 'final',
      utterance: number,
      text,
      startMs,
      endMs,
      words: words.map((word) => ({
        ...word,
        heardRatio: this.heardRatio(word.startMs, word.endMs),
        captureUnixMs: this.#captureTimes.unixMsAt(word.startMs),
      })),
      alternatives,
      heardRatio: this.heardRatio(startMs, endMs),
      captureUnixMs: this.#captureTimes.unixMsAt(startMs),
    };
  }

  /** Share of `startMs..endMs` that concealment did not make up; 1 for an empty span. */
  heardRatio(startMs: number, endMs: number): number {
    if (endMs <= startMs) return 1;
    let unheardMs = 0;
    for (const span of this.#concealed) {
      unheardMs += Math.max(0, Math.min(endMs, span.endMs) - Math.max(startMs, span.startMs));
    }
    return Math.max(0, 1 - unheardMs / (endMs - startMs));
  }

  #forget(beforeMs: number): void {
    while (this.#concealed[0] !== undefined && this.#concealed[0].endMs < beforeMs) {
      this.#concealed.shift();
    }
  }

  #clear(startMs: number, endMs: number): void {
    this.#concealed = this.#concealed.flatMap((span) => {
      if (span.endMs <= startMs || span.startMs >= endMs) return [span];
      const before = { startMs: span.startMs, endMs: startMs };
      const after = { startMs: endMs, endMs: span.endMs };
      return [before, after].filter((part) => part.endMs > part.startMs);
    });
  }
}
