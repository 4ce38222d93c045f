import { amendAudio, type PlacedAudio } from '../speech/amended-audio.js';
import type { UtteranceSegmenter, UtteranceStep } from '../speech/utterance-segmenter.js';
import type {
  AudioChunk,
  Hypothesis,
  HypothesisAlternative,
  RecognizedWord,
} from './recognizer.js';

/** What a decoder makes of the utterance so far; word times count from the utterance's first sample. */
export interface Decoding {
  readonly text: string;
  readonly words: readonly RecognizedWord[];
}

/** A library that decodes one utterance at a time, synchronously. */
export interface Decoder {
  begin(): void;
  feed(pcm: Int16Array): void;
  partial(): Decoding;
  /** @param alternatives - length of the N-best list wanted, 1..8 */
  end(alternatives: number): Decoding & { readonly alternatives: readonly HypothesisAlternative[] };
  close(): void;
}

/** How much audio goes by between two looks at the partial result, ms. */
const PARTIAL_EVERY_MS = 100;

/** Longest that decoding an utterance anew may take: under the 2 s of audio that wait for a slow recognizer, ms. */
const LONGEST_REWIND_MS = 1500;

/**
 * Runs a decoder over a stream: utterances in, hypotheses on the stream's media time out.
 *
 * Where a repair comes for audio of the utterance, its final words are those of the repaired audio, decoded from the
 * beginning, unless by the decoder's own speed that would take too long.
 */
export class UtteranceDecoder {
  readonly #decoder: Decoder;
  readonly #segmenter: UtteranceSegmenter;
  readonly #sampleRateHz: number;
  readonly #samplesPerMs: number;
  readonly #nowMs: () => number;
  /** The utterance so far. */
  #audio: PlacedAudio[] = [];
  /** Whether the decoder heard other audio than `#audio` has now. */
  #repaired = false;
  /** Time that decoding took, and of how much audio, ms. */
  #decodeMs = 0;
  #decodedMs = 0;
  #utterance = 0;
  #open = false;
  #beginMs = 0;
  #fedMs = 0;
  #sincePartialMs = 0;
  #lastText = '';

  /** @param nowMs - a running clock; only differences are used */
  constructor(
    decoder: Decoder,
    segmenter: UtteranceSegmenter,
    sampleRateHz: number,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#decoder = decoder;
    this.#segmenter = segmenter;
    this.#sampleRateHz = sampleRateHz;
    this.#nowMs = nowMs;
    this.#samplesPerMs = sampleRateHz / 1000;
  }

  accept(chunk: AudioChunk, alternatives: number): readonly Hypothesis[] {
    if (chunk.version > 0) {
      this.#repair(chunk);
      return [];
    }
    return this.#run(this.#segmenter.process(chunk), alternatives);
  }

  flush(alternatives: number): readonly Hypothesis[] {
    return this.#run(this.#segmenter.flush(), alternatives);
  }

  close(): void {
    this.#decoder.close();
  }

  #run(steps: readonly UtteranceStep[], alternatives: number): readonly Hypothesis[] {
    const hypotheses: Hypothesis[] = [];
    for (const step of steps) {
      switch (step.kind) {
        case 'speech':
          hypotheses.push(
            step.state === 'start'
              ? { kind: 'speech-start', atMs: step.atMs }
              : { kind: 'speech-end', atMs: step.atMs, levelDb: step.levelDb },
          );
          break;
        case 'begin':
          this.#begin(step.atMs);
          break;
        case 'audio':
          this.#feed(step.pcm);
          break;
        case 'end':
          hypotheses.push(this.#end(alternatives));
          break;
      }
    }
    const partial = this.#partial();
    if (partial !== undefined) hypotheses.push(partial);
    return hypotheses;
  }

  #begin(atMs: number): void {
    this.#decoder.begin();
    this.#audio = [];
    this.#repaired = false;
    this.#open = true;
    this.#beginMs = atMs;
    this.#fedMs = 0;
    this.#sincePartialMs = 0;
    this.#lastText = '';
  }

  #feed(pcm: Int16Array): void {
    this.#audio.push({ startMs: this.#beginMs + this.#fedMs, pcm });
    this.#decode(pcm);
    const durationMs = pcm.length / this.#samplesPerMs;
    this.#fedMs += durationMs;
    this.#sincePartialMs += durationMs;
  }

  #decode(pcm: Int16Array): void {
    this.#timed(() => this.#decoder.feed(pcm));
    this.#decodedMs += pcm.length / this.#samplesPerMs;
  }

  #timed<T>(work: () => T): T {
    const startMs = this.#nowMs();
    const result = work();
    this.#decodeMs += this.#nowMs() - startMs;
    return result;
  }

  #repair(better: PlacedAudio): void {
    this.#segmenter.repair(better);
    if (!this.#open) return;
    for (const audio of this.#audio) {
      if (amendAudio(audio, better, this.#sampleRateHz) !== undefined) this.#repaired = true;
    }
  }

  /** Has the decoder hear the utterance again as it is now. */
  #rewind(): void {
    this.#timed(() => this.#decoder.end(1));
    this.#decoder.begin();
    for (const { pcm } of this.#audio) this.#decode(pcm);
  }

  /** What a rewind would take, ms. */
  get #rewindMs(): number {
    return this.#decodedMs === 0 ? 0 : (this.#decodeMs / this.#decodedMs) * this.#fedMs;
  }

  #partial(): Hypothesis | undefined {
    if (!this.#open || this.#sincePartialMs < PARTIAL_EVERY_MS) return undefined;
    this.#sincePartialMs = 0;
    const decoding = this.#decoder.partial();
    if (decoding.text === this.#lastText) return undefined;
    this.#lastText = decoding.text;
    return { kind: 'partial', ...this.#onMediaTime(decoding), alternatives: [] };
  }

  #end(alternatives: number): Hypothesis {
    if (this.#repaired && this.#rewindMs <= LONGEST_REWIND_MS) this.#rewind();
    const decoding = this.#timed(() => this.#decoder.end(alternatives));
    this.#open = false;
    this.#audio = [];
    const hypothesis: Hypothesis = {
      kind: 'final',
      ...this.#onMediaTime(decoding),
      alternatives: decoding.alternatives,
    };
    this.#utterance++;
    return hypothesis;
  }

  #onMediaTime({ text, words }: Decoding): {
    utterance: number;
    text: string;
    startMs: number;
    endMs: number;
    words: readonly RecognizedWord[];
  } {
    const lastMs = this.#beginMs + this.#fedMs;
    const timed = words.map((word) => ({
      ...word,
      startMs: this.#beginMs + word.startMs,
      endMs: Math.min(lastMs, this.#beginMs + word.endMs),
    }));
    return {
      utterance: this.#utterance,
      text,
      startMs: timed[0]?.startMs ?? this.#beginMs,
      endMs: timed.at(-1)?.endMs ?? lastMs,
      words: timed,
    };
  }
}
