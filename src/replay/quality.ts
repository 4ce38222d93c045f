import type { ProvenanceTrack } from '../analysis/cell-track.js';
import {
  type EModelEstimate,
  type EModelInputs,
  eModelEstimate,
  GUESSED_BPL,
  GUESSED_IE,
} from '../analysis/e-model.js';

/** The E-model's estimate (ITU-T G.107, narrowband scale) with all that went into it; `assumed` are guesses. */
export interface QualityReport extends EModelEstimate {
  readonly inputs: Pick<EModelInputs, 'delayMs' | 'lossRatio' | 'burstRatio'>;
  readonly assumed: {
    /** The fastest way through the network, which a capture does not tell. */
    readonly transitMs: number;
    /** Frame and look-ahead of the codec. */
    readonly codecMs: number;
    readonly ie: number;
    readonly bpl: number;
  };
}

const ASSUMED_TRANSIT_MS = 20;
const OPUS_LOOKAHEAD_MS = 6.5;

/**
 * @param heard - what a listener would have been given
 * @param meanDelayMs - over the minimum-delay line
 */
export function estimateQuality(
  heard: ProvenanceTrack,
  meanDelayMs: number,
  packetMs: number,
): QualityReport {
  let totalMs = 0;
  let concealedMs = 0;
  let runs = 0;
  for (const { kind, durationMs } of heard.runs()) {
    totalMs += durationMs;
    if (kind !== 'plc') continue;
    concealedMs += durationMs;
    runs++;
  }
  const lossRatio = totalMs === 0 ? 0 : concealedMs / totalMs;
  const meanRunPackets = runs === 0 || packetMs === 0 ? 1 : concealedMs / runs / packetMs;
  // A run of independent losses is 1 / (1 - lossRatio) long in the mean (G.107 7.5).
  const burstRatio = Math.max(1, meanRunPackets * (1 - lossRatio));
  const assumed = {
    transitMs: ASSUMED_TRANSIT_MS,
    codecMs: packetMs + OPUS_LOOKAHEAD_MS,
    ie: GUESSED_IE,
    bpl: GUESSED_BPL,
  };
  const inputs = {
    delayMs: assumed.transitMs + assumed.codecMs + meanDelayMs,
    lossRatio,
    burstRatio,
  };
  return { ...eModelEstimate({ ...inputs, ie: assumed.ie, bpl: assumed.bpl }), inputs, assumed };
}
