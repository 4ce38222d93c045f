import { checkRange } from '../errors.js';
import { LatencyHistogram, type LatencyPercentiles } from '../latency-histogram.js';
import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';

/**
 * The stages from capture to recognizer, in order.
 *
 * `capture` the frame's length plus the codec's look-ahead; `uplink` end of capture to arrival; `engine` arrival to
 * finalised; `decode` finalised to PCM in the host's hands; `chunk` from there to the recognizer's `write`.
 */
export const LEDGER_STAGES = ['capture', 'uplink', 'engine', 'decode', 'chunk'] as const;
export type LedgerStage = (typeof LEDGER_STAGES)[number];

/** Where a frame's time went, ms; the stages add up to `total`. */
export interface LedgerEntry extends Readonly<Record<LedgerStage, number>> {
  readonly total: number;
  /** `measured` when the sender's clock is known, else `assumed`: a constant for the least transit plus the jitter seen. */
  readonly uplinkBasis: 'measured' | 'assumed';
  readonly mediaTicks: number;
  readonly durationTicks: number;
}

export interface LedgerSummary {
  readonly budgetMs: number;
  readonly frames: number;
  /** Frames whose total was over the budget. */
  readonly overBudget: number;
  /** Frames whose uplink was measured, not assumed. */
  readonly measuredUplinks: number;
  /** Audio left out because nobody spoke in it: dtx, cng and sender's silence, ms. */
  readonly unspokenMs: number;
  readonly stages: Readonly<Record<LedgerStage | 'total', LatencyPercentiles>>;
}

/** The encoder's look-ahead in VoIP mode, 312 samples at 48 kHz (RFC 6716 4: 6.5 ms with CELT's overlap). */
export const OPUS_LOOKAHEAD_MS = 6.5;

/** One frame on its way, with the stamps it got so far, µs. */
export interface FrameStamps {
  readonly frame: Omit<AudioFrame, 'pcm'>;
  /** When the frame was in the host's hands. */
  readonly decodedUs: number;
  /** When its last sample was captured, on the receiver's clock; undefined when not known. */
  readonly capturedUs: number | undefined;
}

/** Times every frame from capture to recognizer and keeps percentiles of each stage. */
export class LatencyLedger {
  readonly budgetMs: number;
  readonly #assumedUplinkMs: number;
  readonly #histograms: Readonly<Record<LedgerStage | 'total', LatencyHistogram>> = {
    capture: new LatencyHistogram(),
    uplink: new LatencyHistogram(),
    engine: new LatencyHistogram(),
    decode: new LatencyHistogram(),
    chunk: new LatencyHistogram(),
    total: new LatencyHistogram(),
  };
  #overBudget = 0;
  #measuredUplinks = 0;
  #unspokenMs = 0;

  /**
   * @param budgetMs - capture to recognizer, 20..5000 ms
   * @param assumedUplinkMs - least transit assumed while the sender's clock is unknown, 0..2000 ms
   * @throws {EarshotError} `EARSHOT_BAD_OPTION`
   */
  constructor(budgetMs: number, assumedUplinkMs: number) {
    checkRange('budgetMs', budgetMs, 20, 5000);
    checkRange('assumedUplinkMs', assumedUplinkMs, 0, 2000);
    this.budgetMs = budgetMs;
    this.#assumedUplinkMs = assumedUplinkMs;
  }

  /** Enters a frame whose last sample went to the recognizer at `writtenUs`; undefined where nobody spoke in it. */
  record(
    { frame, decodedUs, capturedUs }: FrameStamps,
    writtenUs: number,
  ): LedgerEntry | undefined {
    const durationMs = (frame.durationTicks * 1000) / TICKS_PER_SECOND;
    if (
      frame.provenance === 'dtx' ||
      frame.provenance === 'cng' ||
      frame.provenance === 'silence'
    ) {
      this.#unspokenMs += durationMs;
      return undefined;
    }
    // A frame no packet gave is timed from the minimum-delay line, where its packet would have come at best.
    const lineUs = frame.finalisedUs - frame.latencyUs;
    const arrivalUs = frame.arrivalUs ?? lineUs;
    const measured = capturedUs !== undefined && arrivalUs >= capturedUs;
    const uplink = measured
      ? (arrivalUs - capturedUs) / 1000
      : this.#assumedUplinkMs + Math.max(0, arrivalUs - lineUs) / 1000;
    const capture = durationMs + OPUS_LOOKAHEAD_MS;
    const engine = Math.max(0, frame.finalisedUs - arrivalUs) / 1000;
    const decode = Math.max(0, decodedUs - frame.finalisedUs) / 1000;
    const chunk = Math.max(0, writtenUs - decodedUs) / 1000;
    const entry: LedgerEntry = {
      capture,
      uplink,
      engine,
      decode,
      chunk,
      total: capture + uplink + engine + decode + chunk,
      uplinkBasis: measured ? 'measured' : 'assumed',
      mediaTicks: frame.mediaTicks,
      durationTicks: frame.durationTicks,
    };
    for (const stage of LEDGER_STAGES) this.#histograms[stage].add(entry[stage]);
    this.#histograms.total.add(entry.total);
    if (entry.total > this.budgetMs) this.#overBudget++;
    if (measured) this.#measuredUplinks++;
    return entry;
  }

  summary(): LedgerSummary {
    const { capture, uplink, engine, decode, chunk, total } = this.#histograms;
    return {
      budgetMs: this.budgetMs,
      frames: total.count,
      overBudget: this.#overBudget,
      measuredUplinks: this.#measuredUplinks,
      unspokenMs: this.#unspokenMs,
      stages: {
        capture: capture.percentiles(),
        uplink: uplink.percentiles(),
        engine: engine.percentiles(),
        decode: decode.percentiles(),
        chunk: chunk.percentiles(),
        total: total.percentiles(),
      },
    };
  }
}
