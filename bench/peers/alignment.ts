import { decimate, type Output } from './resample.js';

/** When the content of a trace came out, behind a receiver that waits for nothing. */
export interface Delay {
  readonly meanMs: number;
  readonly p95Ms: number;
  /** Blocks of the trace that were found again, of all, 0..1. */
  readonly foundRatio: number;
  /** Where in the output the first block begins and the last one ends. */
  readonly firstSample: number;
  readonly endSample: number;
}

const RATE_HZ = 8000;
const BLOCK_SAMPLES = 0.12 * RATE_HZ;
const HOP_SAMPLES = 0.06 * RATE_HZ;
const EARLIEST_US = -60_000;
const LATEST_US = 1_200_000;
/** A block is looked for near its neighbour first: a match this good is taken, otherwise the search goes farther. */
const REACHES: readonly { readonly samples: number; readonly score: number }[] = [
  { samples: 0.02 * RATE_HZ, score: 0.9 },
  { samples: 0.15 * RATE_HZ, score: 0.8 },
];
/** Stretched speech matches itself less well, other speech much worse. */
const ENOUGH = 0.6;
/** Difference of neighbours: takes out hum and the slope of speech, which match everywhere. */
const PRE_EMPHASIS = 0.95;

/**
 * Finds each 120 ms of the trace in the output by normalized cross-correlation.
 *
 * @param clean - the trace decoded without loss, 16 kHz
 * @param lineUs - when its first sample would have come out without any buffer
 */
export function measureDelay(clean: Float32Array, output: Output, lineUs: number): Delay {
  // Twice, half a sample apart: between two samples noise would hardly match itself.
  const sources = [prepare(clean), prepare(clean.subarray(1))];
  const played = prepare(output.pcm);
  const energy = runningEnergy(played);
  const outUsAt = (sample: number): number => outTimeUs(output, sample * 2);
  const delaysMs: number[] = [];
  let blocks = 0;
  let lag: number | undefined;
  let firstSample = Number.POSITIVE_INFINITY;
  let endSample = 0;
  let from = 0;
  let to = 0;

  const length = clean.length / 2 - BLOCK_SAMPLES;
  for (let at = 0; at < length; at += HOP_SAMPLES) {
    const patterns = sources.map((source) => patternAt(source, at));
    if (patterns.some(({ power }) => power === 0)) continue;
    blocks++;
    const idealUs = lineUs + (at * 1e6) / RATE_HZ;
    while (from < played.length && outUsAt(from) < idealUs + EARLIEST_US) from++;
    while (to < played.length && outUsAt(to) < idealUs + LATEST_US) to++;
    const search = (first: number, end: number): Match =>
      patterns
        .map((pattern) =>
          bestMatch(pattern, played, energy, Math.max(from, first), Math.min(to, end)),
        )
        .reduce((best, one) => (one.score > best.score ? one : best));

    let match: Match | undefined;
    for (const { samples, score } of lag === undefined ? [] : REACHES) {
      const near = search(at + (lag ?? 0) - samples, at + (lag ?? 0) + samples + 1);
      if (near.score < score) continue;
      match = near;
      break;
    }
    match ??= search(from, to);
    if (match.score < ENOUGH) continue;
    lag = match.at - at;
    delaysMs.push(meanDelayMs(outUsAt, match.at, idealUs));
    firstSample = Math.min(firstSample, match.at * 2);
    endSample = Math.max(endSample, (match.at + BLOCK_SAMPLES) * 2);
  }
  delaysMs.sort((a, b) => a - b);
  return {
    meanMs: delaysMs.reduce((sum, one) => sum + one, 0) / delaysMs.length,
    p95Ms: delaysMs[Math.floor(delaysMs.length * 0.95)] ?? Number.NaN,
    foundRatio: delaysMs.length / blocks,
    firstSample: Math.min(firstSample, endSample),
    endSample,
  };
}

interface Match {
  readonly at: number;
  readonly score: number;
}
interface Pattern {
  readonly block: Float32Array;
  /** Sum of its squares. */
  readonly power: number;
}

function patternAt(source: Float32Array, at: number): Pattern {
  const block = source.subarray(at, at + BLOCK_SAMPLES);
  return { block, power: block.reduce((sum, one) => sum + one * one, 0) };
}

/** @param energy - of `played`, running */
function bestMatch(
  { block, power }: Pattern,
  played: Float32Array,
  energy: Float64Array,
  first: number,
  end: number,
): Match {
  let best: Match = { at: 0, score: 0 };
  const last = Math.min(end, played.length - block.length + 1);
  for (let at = first; at < last; at++) {
    const playedPower = (energy[at + block.length] ?? 0) - (energy[at] ?? 0);
    if (playedPower <= 0) continue;
    let sum = 0;
    for (let i = 0; i < block.length; i++) sum += (block[i] ?? 0) * (played[at + i] ?? 0);
    const score = sum / Math.sqrt(power * playedPower);
    if (score > best.score) best = { at, score };
  }
  return best;
}

/** Over the block, 10 ms apart: a receiver may hand out the parts of it at different times. */
function meanDelayMs(outUsAt: (sample: number) => number, at: number, idealUs: number): number {
  const stepSamples = RATE_HZ / 100;
  let sumUs = 0;
  for (let i = 0; i < BLOCK_SAMPLES; i += stepSamples) {
    sumUs += outUsAt(at + i) - idealUs - (i * 1e6) / RATE_HZ;
  }
  return (sumUs * stepSamples) / BLOCK_SAMPLES / 1000;
}

/** A sample comes out as far behind its piece's start as it stands in it, as if each piece were played. */
function outTimeUs({ starts, outUs, sampleRateHz }: Output, sample: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= sample) low = middle;
    else high = middle - 1;
  }
  return (outUs[low] ?? 0) + ((sample - (starts[low] ?? 0)) * 1e6) / sampleRateHz;
}

function prepare(pcm: Float32Array): Float32Array {
  const half = decimate(pcm, 2);
  return half.map((sample, i) => sample - PRE_EMPHASIS * (half[i - 1] ?? 0));
}

/** Sum of the squares before each sample. */
function runningEnergy(samples: Float32Array): Float64Array {
  const energy = new Float64Array(samples.length + 1);
  for (let i = 0; i < samples.length; i++) {
    energy[i + 1] = (energy[i] ?? 0) + (samples[i] ?? 0) ** 2;
  }
  return energy;
}
