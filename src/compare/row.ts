import type { NetworkName } from '../simulate/presets.js';
import type { ReceiverChoice } from './configuration.js';

/**
 * Who played the call. `earshot` is the engine; `neteq-like` a model of libwebrtc's; the others know the call beforehand:
 * `fixed-delay` has the one delay that costs least, `talkspurt-bound` one for each talkspurt, `in-order-bound` hands a
 * recognizer each frame as early as its order allows.
 */
export type Contender =
  | 'earshot'
  | 'neteq-like'
  | 'fixed-delay'
  | 'talkspurt-bound'
  | 'in-order-bound';

/** Of audio, pauses left out, over the one minimum-delay line of the whole call; null where it is not known. */
export interface CompareLatency {
  readonly mean: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** One contender on one call; numbers that a contender does not have are null. */
export interface CompareRow {
  readonly capture: string;
  /** Null for the capture's own. */
  readonly network: NetworkName | null;
  readonly seed: number | null;
  readonly redDistance: number;
  readonly contender: Contender;
  /** Of `earshot` alone. */
  readonly receiver: ReceiverChoice | null;
  readonly latencyMs: CompareLatency;
  /** Shares of the call made up: when first handed out, and when late packets had repaired what they could, 0..1. */
  readonly concealedRatio: number;
  readonly repairedConcealedRatio: number | null;
  readonly concealmentEvents: number | null;
  /** Runs of concealment of 150 ms and more (as libwebrtc counts interruptions). */
  readonly interruptions: number | null;
  readonly deadlineMisses: number | null;
  readonly packets: {
    readonly received: number;
    readonly lost: number;
    readonly late: number;
    /** Lost ones asked for, and how many answers came. */
    readonly requested: number;
    readonly resent: number;
  } | null;
  /** Mean latency plus 20 ms for each percent concealed. */
  readonly costMs: number;
  /** What it costs more than the cheapest point of the oracle's curve for its kind of listener. */
  readonly overOracleMs: number;
}

/** A call or a configuration that gave no row. */
export interface CompareFailure {
  readonly capture: string;
  readonly network: NetworkName | null;
  readonly seed: number | null;
  readonly redDistance: number;
  readonly receiver: ReceiverChoice | null;
  /** Why, in a sentence. */
  readonly reason: string;
}

/** Numbers of a row by their paths: what CSV has as columns, and conditions can ask for. */
export const ROW_NUMBERS: Readonly<Record<string, (row: CompareRow) => number | null>> = {
  'latencyMs.mean': ({ latencyMs }) => latencyMs.mean,
  'latencyMs.p50': ({ latencyMs }) => latencyMs.p50,
  'latencyMs.p95': ({ latencyMs }) => latencyMs.p95,
  'latencyMs.p99': ({ latencyMs }) => latencyMs.p99,
  concealedRatio: ({ concealedRatio }) => concealedRatio,
  repairedConcealedRatio: ({ repairedConcealedRatio }) => repairedConcealedRatio,
  concealmentEvents: ({ concealmentEvents }) => concealmentEvents,
  interruptions: ({ interruptions }) => interruptions,
  deadlineMisses: ({ deadlineMisses }) => deadlineMisses,
  'packets.received': ({ packets }) => packets?.received ?? null,
  'packets.lost': ({ packets }) => packets?.lost ?? null,
  'packets.late': ({ packets }) => packets?.late ?? null,
  'packets.requested': ({ packets }) => packets?.requested ?? null,
  'packets.resent': ({ packets }) => packets?.resent ?? null,
  costMs: ({ costMs }) => costMs,
  overOracleMs: ({ overOracleMs }) => overOracleMs,
};

/** Those that rows of mode `playout` do not have. */
export const RECOGNIZER_NUMBERS: readonly string[] = ['repairedConcealedRatio', 'deadlineMisses'];
