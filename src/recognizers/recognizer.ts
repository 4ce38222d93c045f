import type { Provenance } from '../receiver/audio-frame.js';

/** What a recognizer takes and gives; the pipeline adapts to it. */
export interface RecognizerCapabilities {
  /** Sample rates it takes without resampling, best first, Hz. */
  readonly sampleRatesHz: readonly number[];
  /** Length of audio it likes in one `write`, 10..200 ms. */
  readonly chunkMs: number;
  /** Whether it can rewind: only then it is given chunks of a version above 0. */
  readonly acceptsRepair: boolean;
  /** Whether its words carry their times, it gives words without times, or no words at all. */
  readonly words: 'timed' | 'untimed' | 'none';
}

/** A run of audio of one provenance inside a chunk. */
export interface ProvenanceSpan {
  readonly provenance: Provenance;
  readonly durationMs: number;
}

/**
 * 20–100 ms of audio on its way to a recognizer.
 *
 * Chunks of a session follow one another to the sample, but where the pipeline had to drop audio (it announces it):
 * there `startMs` jumps, and the recognizer ends the utterance. A repair stands outside that order.
 */
export interface AudioChunk {
  /** Media time of the first sample, ms from the first packet of the stream. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly sampleRateHz: number;
  /** Mono 16-bit PCM; it belongs to the recognizer from here on. */
  readonly pcm: Int16Array;
  /** What the audio is made of, in order; the durations add up to `durationMs`. */
  readonly spans: readonly ProvenanceSpan[];
  /**
   * 0 for audio that is new. A higher one is a repair, and replaces what was written of the same media time, mostly up to a
   * second ago: what had been made up there came after all. It may reach into audio that the session does not have, or
   * not any more; that part is to be left out. Words that were final stay.
   */
  readonly version: number;
}

export interface RecognizedWord {
  readonly text: string;
  /** Media time, ms from the first packet of the stream. */
  readonly startMs: number;
  readonly endMs: number;
  /** The recognizer's own belief, 0..1, where it has one. */
  readonly confidence: number | undefined;
}

export interface HypothesisAlternative {
  readonly text: string;
  /** Log score; comparable within one list only. */
  readonly score: number;
}

/** What a recognizer says about the audio so far. */
export type Hypothesis =
  | { readonly kind: 'speech-start'; readonly atMs: number }
  | {
      readonly kind: 'speech-end';
      readonly atMs: number;
      /** Mean level of the speech that ended where the recognizer measures it, dB relative to full scale. */
      readonly levelDb?: number;
    }
  | {
      readonly kind: 'partial' | 'final';
      /** Counts the utterances of the session from 0; partials of one utterance replace each other. */
      readonly utterance: number;
      readonly text: string;
      readonly startMs: number;
      readonly endMs: number;
      readonly words: readonly RecognizedWord[];
      /** Best first, at most 8; empty where the recognizer gives one answer only. */
      readonly alternatives: readonly HypothesisAlternative[];
    };

export interface RecognizerContext {
  readonly sampleRateHz: number;
  /** BCP 47 tag, a hint. */
  readonly language: string | undefined;
  /** Ends the session early; `hypotheses` then finishes without an error. */
  readonly signal: AbortSignal | undefined;
}

/** One stream being recognized. */
export interface RecognizerSession {
  /**
   * Takes the next chunk and returns at once.
   *
   * @throws {EarshotError} `EARSHOT_CLOSED` after `close`; `EARSHOT_LIMIT_REACHED` when more than the
   *   session's bound of audio waits (the chunk is then not taken)
   */
  write(chunk: AudioChunk): void;
  /** Audio written and not yet recognized, ms: the pipeline's measure of a slow recognizer. */
  readonly backlogMs: number;
  /** Ends the current utterance; resolves when its final hypothesis was given. */
  flush(): Promise<void>;
  /** Idempotent; frees everything. */
  close(): Promise<void>;
  /** Every hypothesis once, in order; ends at `close`; throws `EARSHOT_RECOGNIZER_FAILED` when the recognizer broke. */
  readonly hypotheses: AsyncIterable<Hypothesis>;
}

/** Anything that turns speech into hypotheses. Implementations own their model, their threads, their network and their retries. */
export interface Recognizer {
  readonly name: string;
  readonly capabilities: RecognizerCapabilities;
  /** @throws {EarshotError} `EARSHOT_RECOGNIZER_MISSING` with the one command or option that helps */
  open(context: RecognizerContext): Promise<RecognizerSession>;
  /** Idempotent; closes all sessions. */
  close(): Promise<void>;
}
