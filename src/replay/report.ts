import type { NetworkReport } from '../analysis/network-analysis.js';
import {
  type Interruptions,
  interruptionsOf,
  type RecoveryShare,
  recoveryTable,
} from '../analysis/recovery.js';
import type { Capture, CaptureFormat } from '../capture/capture.js';
import type { CaptureCounts } from '../capture/captured-datagram.js';
import type { LatencyPercentiles } from '../latency-histogram.js';
import { type Provenance, TICKS_PER_MS } from '../receiver/audio-frame.js';
import type { ReceiverConfig } from '../receiver/options.js';
import type { PlayoutStats, ReceiverStats } from '../receiver/stats.js';
import { type FrameTally, type LedgerRow, toMicroseconds } from './frame-tally.js';
import { estimateQuality, type QualityReport } from './quality.js';
import type { SpokenTraceReport } from './spoken-trace.js';
import type { ChosenStream } from './streams.js';
import type { Versions } from './versions.js';

/** What a replay found: the object `earshot replay --json` prints. Same capture and options, same report, but for `cost`. */
export interface ReplayReport {
  readonly capture: {
    readonly file: string;
    readonly format: CaptureFormat;
    /** From the capture's first record to the stream's last packet. */
    readonly durationMs: number;
    readonly stream: ChosenStream;
  } & CaptureCounts;
  /** Where the capture holds headers alone: what was said in their place. */
  readonly speech?: SpokenTraceReport;
  readonly config: ReceiverConfig;
  readonly packets: {
    readonly received: number;
    readonly lost: number;
    readonly duplicate: number;
    readonly reordered: number;
    readonly late: number;
    readonly discarded: number;
    readonly malformed: number;
  };
  /** What was handed out first; in mode `playout` what was heard, from the first packet's audio on. */
  readonly audio: {
    readonly emittedMs: number;
    readonly provenanceMs: Readonly<Record<Provenance, number>>;
    readonly concealedRatio: number;
    readonly concealmentEvents: number;
    /** Time-stretching: none in recognizer mode. */
    readonly insertedMs: number;
    readonly removedMs: number;
  };
  /** Of the audio first handed out, in mode `playout` of what was heard, over the minimum-delay line. */
  readonly latencyMs: LatencyPercentiles;
  /** Where that latency came from; the last row is `latencyMs` again. */
  readonly ledger: readonly LedgerRow[];
  readonly deadline: { readonly ms: number; readonly misses: number };
  readonly repairs: {
    /** Times a late packet led to a repair: one run of audio handed out again, as in `ReceiverStats.repairs`. */
    readonly count: number;
    /** Frames those runs came in. */
    readonly frames: number;
    /** Audio handed out again. */
    readonly repairedMs: number;
  };
  /** By provenance, what the audio came from at first and how much of it was repaired later. */
  readonly recovery: Readonly<Record<Provenance, RecoveryShare>>;
  readonly interruptions: Interruptions;
  readonly network: NetworkReport;
  readonly quality: QualityReport;
  /** Mode `playout` only. */
  readonly playout?: PlayoutStats;
  readonly webrtcStats: ReceiverStats['webrtcStats'];
  readonly versions: Versions;
  /** Left out when no stopwatch was given; the only part that differs between runs. */
  readonly cost?: {
    /** Time inside the engine for 10 ms of audio. */
    readonly nsPer10ms: number;
  };
}

/** All that a finished replay knows. */
export interface ReplayFacts {
  readonly capture: Capture;
  readonly stream: ChosenStream;
  readonly config: ReceiverConfig;
  readonly stats: ReceiverStats;
  readonly tally: FrameTally;
  readonly network: NetworkReport;
  readonly versions: Versions;
  readonly lastPacketUs: number;
  readonly speech: SpokenTraceReport | undefined;
  readonly engineNs: number | undefined;
}

export function buildReport(facts: ReplayFacts): ReplayReport {
  const { capture, stream, config, stats, tally, network } = facts;
  const { skipped, ...counts } = capture.counts;
  const isPlayout = config.mode === 'playout';
  const audio = isPlayout ? played(stats.playout, tally) : handedOut(stats);
  const nsPer10ms = ((facts.engineNs ?? 0) * 10) / Math.max(audio.emittedMs, 10);
  const latencyMs = toMicroseconds(tally.latency.percentiles());
  return {
    capture: {
      file: capture.name,
      format: capture.format,
      durationMs: facts.lastPacketUs / 1000,
      stream,
      ...counts,
      skipped: { ...skipped },
    },
    config,
    packets: {
      received: stats.packetsReceived,
      lost: stats.packetsLost,
      duplicate: stats.packetsDuplicate,
      reordered: stats.packetsReordered,
      late: stats.packetsLate,
      discarded: stats.packetsDiscarded,
      malformed: stats.packetsMalformed,
    },
    audio,
    latencyMs,
    ledger: tally.ledger(),
    deadline: { ms: config.deadlineMs, misses: stats.deadlineMisses },
    repairs: {
      count: stats.repairs,
      frames: tally.repairedFrames,
      repairedMs: tally.repairedTicks / TICKS_PER_MS,
    },
    recovery: recoveryTable(tally.first, tally.final),
    interruptions: interruptionsOf(tally.first),
    network: rounded(network),
    quality: rounded(estimateQuality(tally.first, latencyMs.mean, network.packetMs)),
    ...(isPlayout ? { playout: stats.playout } : {}),
    webrtcStats: stats.webrtcStats,
    ...(facts.speech === undefined ? {} : { speech: facts.speech }),
    versions: facts.versions,
    ...(facts.engineNs === undefined ? {} : { cost: { nsPer10ms: Math.round(nsPer10ms) } }),
  };
}

function played(stats: PlayoutStats, { playedMs }: FrameTally): ReplayReport['audio'] {
  return {
    emittedMs: stats.playedMs,
    provenanceMs: playedMs,
    concealedRatio: stats.concealedRatio,
    concealmentEvents: stats.concealmentEvents,
    insertedMs: stats.insertedMs,
    removedMs: stats.removedMs,
  };
}

function handedOut(stats: ReceiverStats): ReplayReport['audio'] {
  const { emittedMs, provenanceMs, concealedRatio, concealmentEvents } = stats;
  // Nothing is stretched for a recognizer.
  return {
    emittedMs,
    provenanceMs,
    concealedRatio,
    concealmentEvents,
    insertedMs: 0,
    removedMs: 0,
  };
}

/** What floating point adds behind a millionth is no measurement. */
function rounded<T>(value: T): T {
  if (typeof value === 'number') return (Math.round(value * 1e6) / 1e6) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, rounded(member)]),
  ) as T;
}
