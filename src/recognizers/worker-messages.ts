import type { Hypothesis, ProvenanceSpan } from './recognizer.js';

/** Session to worker. */
export type WorkerRequest =
  | {
      readonly type: 'chunk';
      readonly startMs: number;
      readonly durationMs: number;
      readonly sampleRateHz: number;
      readonly pcm: Int16Array;
      readonly spans: readonly ProvenanceSpan[];
      readonly version: number;
      /** Length of the N-best list wanted, should an utterance end in this chunk. */
      readonly alternatives: number;
    }
  | { readonly type: 'flush'; readonly id: number; readonly alternatives: number }
  | { readonly type: 'close' };

/** Worker to session. */
export type WorkerReport =
  | { readonly type: 'ready' }
  | { readonly type: 'hypotheses'; readonly hypotheses: readonly Hypothesis[] }
  | { readonly type: 'done'; readonly durationMs: number }
  | { readonly type: 'flushed'; readonly id: number }
  | { readonly type: 'failed'; readonly message: string };
