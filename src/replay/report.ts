import type { Capture, CaptureCounts, CaptureFormat } from '../capture/capture.js';
import { LatencyHistogram, type LatencyPercentiles } from '../latency-histogram.js';
import type { AudioFrame, Provenance } from '../receiver/audio-frame.js';
import { PROVENANCES } from '../receiver/audio-frame.js';
import type { ReceiverConfig } from '../receiver/options.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import type { PlayoutStats, ReceiverStats } from '../receiver/stats.js';
import type { SpokenTraceReport } from './spoken-trace.js';
import type { ChosenStream } from './streams.js';

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
  readonly deadline: { readonly ms: number; readonly misses: number };
  readonly repairs: { readonly count: number; readonly repairedMs: number };
  /** Mode `playout` only. */
  readonly playout?: PlayoutStats;
  readonly webrtcStats: ReceiverStats['webrtcStats'];
  /** Left out when no stopwatch was given; the only part that differs between runs. */
  readonly cost?: {
    /** Time inside the engine for 10 ms of audio. */
    readonly nsPer10ms: number;
  };
}

const TICKS_PER_MS = 48;
const PLAYED_MS = 10;
/** Every frame is a multiple of it: 2.5 ms, the shortest Opus frame. */
const GRID_TICKS = 120;

/** Collects from the frames of a replay what its report tells. */
export class ReportBuilder {
  readonly #latency = new LatencyHistogram();
  readonly #playedMs: Record<Provenance, number>;
  #repairs = 0;
  #repairedTicks = 0;

  constructor() {
    this.#playedMs = Object.fromEntries(PROVENANCES.map((name) => [name, 0])) as Record<
      Provenance,
      number
    >;
  }

  /** Every 10 ms counts for what most of it is. */
  addPlayed({ isPlaying, provenance, delayMs }: PlayoutFrame): void {
    if (!isPlaying) return;
    this.#playedMs[provenance] += PLAYED_MS;
    this.#latency.add(delayMs);
  }

  add(frame: AudioFrame): void {
    if (frame.version > 0) {
      this.#repairs++;
      this.#repairedTicks += frame.durationTicks;
      return;
    }
    this.#latency.add(frame.latencyUs / 1000, frame.durationTicks / GRID_TICKS);
  }

  build(
    capture: Capture,
    stream: ChosenStream,
    config: ReceiverConfig,
    stats: ReceiverStats,
    run: { readonly lastPacketUs: number; readonly engineNs: number | undefined },
  ): ReplayReport {
    const { skipped, ...counts } = capture.counts;
    const audio = config.mode === 'playout' ? this.#played(stats.playout) : handedOut(stats);
    const nsPer10ms = ((run.engineNs ?? 0) * 10) / Math.max(audio.emittedMs, 10);
    return {
      capture: {
        file: capture.name,
        format: capture.format,
        durationMs: run.lastPacketUs / 1000,
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
      latencyMs: toMicroseconds(this.#latency.percentiles()),
      deadline: { ms: config.deadlineMs, misses: stats.deadlineMisses },
      repairs: { count: this.#repairs, repairedMs: this.#repairedTicks / TICKS_PER_MS },
      ...(config.mode === 'playout' ? { playout: stats.playout } : {}),
      webrtcStats: stats.webrtcStats,
      ...(run.engineNs === undefined ? {} : { cost: { nsPer10ms: Math.round(nsPer10ms) } }),
    };
  }

  #played(stats: PlayoutStats): ReplayReport['audio'] {
    return {
      emittedMs: stats.playedMs,
      provenanceMs: this.#playedMs,
      concealedRatio: stats.concealedRatio,
      concealmentEvents: stats.concealmentEvents,
      insertedMs: stats.insertedMs,
      removedMs: stats.removedMs,
    };
  }
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

/** What floating point adds behind the µs of the engine is no measurement. */
function toMicroseconds({ mean, p50, p95, p99, max }: LatencyPercentiles): LatencyPercentiles {
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;
  return { mean: round(mean), p50: round(p50), p95: round(p95), p99: round(p99), max: round(max) };
}
