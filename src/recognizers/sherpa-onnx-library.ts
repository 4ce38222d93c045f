import { createRequire } from 'node:module';
import type { HypothesisAlternative, RecognizedWord } from './recognizer.js';
import type { SherpaOnnxModel } from './sherpa-onnx-model.js';
import type { Decoder, Decoding } from './utterance-decoder.js';

/** What is used of sherpa-onnx-node, which ships no types. */
interface SherpaOnnx {
  readonly version: string;
  readonly OnlineRecognizer: new (config: object) => OnlineRecognizer;
}

interface OnlineStream {
  acceptWaveform(audio: { samples: Float32Array; sampleRate: number }): void;
  inputFinished(): void;
}

interface OnlineRecognizer {
  createStream(): OnlineStream;
  isReady(stream: OnlineStream): boolean;
  decode(stream: OnlineStream): void;
  getResult(stream: OnlineStream): OnlineResult;
}

/** Part of sherpa-onnx's `OnlineRecognizerResult`; `timestamps` are the tokens' starts, seconds from the stream's first sample. */
export interface OnlineResult {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly timestamps: readonly number[];
}

/** Loads the optional package; throws when it is not installed or has no build for this platform. */
export function loadSherpaOnnx(): SherpaOnnx {
  return createRequire(import.meta.url)('sherpa-onnx-node');
}

export interface SherpaOnnxDecoderOptions {
  readonly model: SherpaOnnxModel;
  readonly sampleRateHz: number;
  readonly numThreads: number;
}

/** Streaming models need some audio after the last word before they give it. */
const TAIL_MS = 400;
/** The last token has no successor to end at. */
const LONGEST_TOKEN_MS = 300;

/** One sherpa-onnx recognizer with its model. Synchronous: it belongs in a worker thread. */
export class SherpaOnnxDecoder implements Decoder {
  readonly #sampleRateHz: number;
  readonly #recognizer: OnlineRecognizer;
  #stream: OnlineStream | undefined;

  constructor({ model, sampleRateHz, numThreads }: SherpaOnnxDecoderOptions) {
    const { OnlineRecognizer } = loadSherpaOnnx();
    this.#sampleRateHz = sampleRateHz;
    this.#recognizer = new OnlineRecognizer({
      featConfig: { sampleRate: sampleRateHz, featureDim: 80 },
      modelConfig: { ...model, numThreads, provider: 'cpu', debug: 0 },
      decodingMethod: 'greedy_search',
      enableEndpoint: 0,
    });
  }

  begin(): void {
    this.#stream = this.#recognizer.createStream();
  }

  feed(pcm: Int16Array): void {
    this.#accept(Float32Array.from(pcm, (sample) => sample / 32_768));
  }

  partial(): Decoding {
    return decodingOf(this.#recognizer.getResult(this.#open()));
  }

  end(): Decoding & { readonly alternatives: readonly HypothesisAlternative[] } {
    const stream = this.#open();
    this.#accept(new Float32Array((this.#sampleRateHz * TAIL_MS) / 1000));
    stream.inputFinished();
    this.#decode(stream);
    const decoding = this.partial();
    this.#stream = undefined;
    return { ...decoding, alternatives: [] };
  }

  close(): void {
    this.#stream = undefined;
  }

  #accept(samples: Float32Array): void {
    const stream = this.#open();
    stream.acceptWaveform({ samples, sampleRate: this.#sampleRateHz });
    this.#decode(stream);
  }

  #decode(stream: OnlineStream): void {
    while (this.#recognizer.isReady(stream)) this.#recognizer.decode(stream);
  }

  #open(): OnlineStream {
    if (this.#stream === undefined) throw new Error('no utterance is open');
    return this.#stream;
  }
}

/** Joins tokens to words: a token that begins with a space or `▁` begins a word; where none does, each is a word. */
export function decodingOf({ text, tokens, timestamps }: OnlineResult): Decoding {
  const marked = tokens.some((token) => /^[ ▁]/.test(token));
  const words: { text: string; startMs: number; endMs: number; confidence: undefined }[] = [];
  for (const [index, token] of tokens.entries()) {
    const startMs = (timestamps[index] ?? 0) * 1000;
    const next = timestamps[index + 1];
    const longestMs = startMs + LONGEST_TOKEN_MS;
    const endMs = next === undefined ? longestMs : Math.min(next * 1000, longestMs);
    const piece = token.replace(/^[ ▁]/, '');
    const word = words.at(-1);
    if (word === undefined || !marked || /^[ ▁]/.test(token)) {
      words.push({ text: piece, startMs, endMs, confidence: undefined });
    } else {
      word.text += piece;
      word.endMs = endMs;
    }
  }
  const spoken: readonly RecognizedWord[] = words.filter((word) => word.text !== '');
  return { text: text.trim(), words: spoken };
}
