import koffi from 'koffi';
import { withNarrowDictionary } from './pocketsphinx-dictionary.js';
import type { PocketSphinxModel } from './pocketsphinx-model.js';
import type { HypothesisAlternative, RecognizedWord } from './recognizer.js';
import type { Decoder, Decoding } from './utterance-decoder.js';

/** 0.8+5prealpha, in Debian and Ubuntu since 2018. Release 5.0 has another interface and another name (.so.5). */
const LIBRARY = 'libpocketsphinx.so.3';
const BASE_LIBRARY = 'libsphinxbase.so.3';
const FRAME_MS = 10;

/** An address; koffi gives null for none. */
type Pointer = bigint | null;
type OutInt = [number];

interface Functions {
  readonly parse: (
    into: null,
    definitions: Pointer,
    count: number,
    words: string[],
    strict: number,
  ) => Pointer;
  readonly freeConfig: (config: Pointer) => number;
  readonly setLogFile: (file: null) => void;
  readonly definitions: () => Pointer;
  readonly init: (config: Pointer) => Pointer;
  readonly free: (decoder: Pointer) => number;
  readonly startUtterance: (decoder: Pointer) => number;
  readonly endUtterance: (decoder: Pointer) => number;
  readonly process: (
    decoder: Pointer,
    pcm: Int16Array,
    samples: number,
    noSearch: number,
    whole: number,
  ) => number;
  readonly logMath: (decoder: Pointer) => Pointer;
  readonly exp: (logMath: Pointer, value: number) => number;
  readonly segments: (decoder: Pointer) => Pointer;
  readonly nextSegment: (segment: Pointer) => Pointer;
  readonly segmentWord: (segment: Pointer) => string | null;
  readonly segmentFrames: (segment: Pointer, first: OutInt, last: OutInt) => void;
  readonly segmentPosterior: (
    segment: Pointer,
    acoustic: OutInt,
    language: OutInt,
    backoff: OutInt,
  ) => number;
  readonly nBest: (decoder: Pointer) => Pointer;
  readonly nextBest: (list: Pointer) => Pointer;
  readonly bestText: (list: Pointer, score: OutInt) => string | null;
  readonly freeBest: (list: Pointer) => void;
}

/** Opens the shared libraries; throws when they are not there. */
export function loadPocketSphinx(): Functions {
  const base = koffi.load(BASE_LIBRARY);
  const library = koffi.load(LIBRARY);
  return {
    parse: base.func('void *cmd_ln_parse_r(void *, void *, int, str *, int)'),
    freeConfig: base.func('int cmd_ln_free_r(void *)'),
    setLogFile: base.func('void err_set_logfp(void *)'),
    definitions: library.func('void *ps_args()'),
    init: library.func('void *ps_init(void *)'),
    free: library.func('int ps_free(void *)'),
    startUtterance: library.func('int ps_start_utt(void *)'),
    endUtterance: library.func('int ps_end_utt(void *)'),
    process: library.func('int ps_process_raw(void *, int16_t *, size_t, int, int)'),
    logMath: library.func('void *ps_get_logmath(void *)'),
    exp: base.func('double logmath_exp(void *, int)'),
    segments: library.func('void *ps_seg_iter(void *)'),
    nextSegment: library.func('void *ps_seg_next(void *)'),
    segmentWord: library.func('str ps_seg_word(void *)'),
    segmentFrames: library.func('void ps_seg_frames(void *, _Out_ int *, _Out_ int *)'),
    segmentPosterior: library.func(
      'int ps_seg_prob(void *, _Out_ int *, _Out_ int *, _Out_ int *)',
    ),
    nBest: library.func('void *ps_nbest(void *)'),
    nextBest: library.func('void *ps_nbest_next(void *)'),
    bestText: library.func('str ps_nbest_hyp(void *, _Out_ int *)'),
    freeBest: library.func('void ps_nbest_free(void *)'),
  };
}

export interface PocketSphinxDecoderOptions {
  readonly model: PocketSphinxModel;
  readonly sampleRateHz: number;
  readonly secondPass: 'off' | 'on';
  /** Where the library's own log goes; `stderr` is for trying a model out. */
  readonly log: 'off' | 'stderr';
}

/** One PocketSphinx decoder with its model, 33–105 MB. Synchronous: it belongs in a worker thread. */
export class PocketSphinxDecoder implements Decoder {
  readonly #functions: Functions;
  readonly #hasLattice: boolean;
  #decoder: Pointer;

  constructor(options: PocketSphinxDecoderOptions) {
    const functions = loadPocketSphinx();
    this.#functions = functions;
    this.#hasLattice = options.model.search.kind === 'languageModel';
    if (options.log === 'off') functions.setLogFile(null);
    this.#decoder = withNarrowDictionary(options.model, (model) => {
      const words = ['earshot', ...argumentsOf({ ...options, model })];
      const config = functions.parse(null, functions.definitions(), words.length, words, 1);
      if (config === null) throw new Error('the library refused its options');
      const decoder = functions.init(config);
      functions.freeConfig(config);
      return decoder;
    });
    if (this.#decoder === null) throw new Error('the library could not load the model');
  }

  begin(): void {
    if (this.#functions.startUtterance(this.#open()) < 0) throw new Error('no utterance begins');
  }

  feed(pcm: Int16Array): void {
    if (pcm.length === 0) return;
    const frames = this.#functions.process(this.#open(), pcm, pcm.length, 0, 0);
    if (frames < 0) throw new Error('the library could not decode');
  }

  partial(): Decoding {
    // Posteriors exist only once the utterance ended.
    return this.#decoding(() => undefined);
  }

  end(
    alternatives: number,
  ): Decoding & { readonly alternatives: readonly HypothesisAlternative[] } {
    if (this.#functions.endUtterance(this.#open()) < 0) throw new Error('no utterance ends');
    const logMath = this.#functions.logMath(this.#open());
    const decoding = this.#decoding((segment) =>
      this.#hasLattice
        ? Math.min(
            1,
            this.#functions.exp(logMath, this.#functions.segmentPosterior(segment, [0], [0], [0])),
          )
        : undefined,
    );
    return { ...decoding, alternatives: this.#hasLattice ? this.#nBest(alternatives) : [] };
  }

  close(): void {
    if (this.#decoder === null) return;
    this.#functions.free(this.#decoder);
    this.#decoder = null;
  }

  #decoding(confidenceOf: (segment: Pointer) => number | undefined): Decoding {
    const words: RecognizedWord[] = [];
    let originFrame: number | undefined;
    const functions = this.#functions;
    for (let at = functions.segments(this.#open()); at !== null; at = functions.nextSegment(at)) {
      const first: OutInt = [0];
      const last: OutInt = [0];
      functions.segmentFrames(at, first, last);
      // Frames count on from utterance to utterance; the first segment starts with the utterance.
      originFrame ??= this.#hasLattice ? first[0] : 0;
      const text = spoken(functions.segmentWord(at) ?? '');
      if (text === undefined) continue;
      words.push({
        text,
        startMs: (first[0] - originFrame) * FRAME_MS,
        endMs: (last[0] + 1 - originFrame) * FRAME_MS,
        confidence: confidenceOf(at),
      });
    }
    return { text: words.map(({ text }) => text).join(' '), words };
  }

  #nBest(limit: number): readonly HypothesisAlternative[] {
    const functions = this.#functions;
    const best = new Map<string, number>();
    // The same words come again with other pauses: look a little further than the limit.
    let tries = 0;
    let at = functions.nBest(this.#open());
    while (at !== null && best.size < limit && tries++ < 2 * limit) {
      const score: OutInt = [0];
      const text = functions.bestText(at, score);
      if (text !== null && !best.has(text)) best.set(text, score[0]);
      at = functions.nextBest(at);
    }
    if (at !== null) functions.freeBest(at);
    return [...best].map(([text, score]) => ({ text, score }));
  }

  #open(): Pointer {
    if (this.#decoder === null) throw new Error('the decoder is closed');
    return this.#decoder;
  }
}

/** A dictionary entry without the number of its pronunciation; undefined for silence and noise. */
function spoken(entry: string): string | undefined {
  if (/^[<[+]/.test(entry)) return undefined;
  return entry.replace(/\(\d+\)$/, '');
}

function argumentsOf({ model, sampleRateHz, secondPass }: PocketSphinxDecoderOptions): string[] {
  const search = { languageModel: '-lm', grammar: '-jsgf', keyphrases: '-kws' }[model.search.kind];
  return [
    ...['-hmm', model.acousticModel],
    ...['-dict', model.dictionary],
    ...[search, model.search.file],
    ...['-samprate', String(sampleRateHz)],
    ...['-fwdflat', secondPass === 'on' ? 'yes' : 'no'],
    // The lattice search gives words a confidence; it adds a millisecond at an utterance's end.
    ...['-bestpath', 'yes'],
    // The library's own silence removal takes frames out of the count, and with them the word times.
    ...['-remove_silence', 'no'],
  ];
}
