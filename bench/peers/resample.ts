import type { OutputChunk } from './contender.js';

/** One stream of samples and, piece by piece, when they came out. */
export interface Output {
  readonly sampleRateHz: 16_000;
  readonly pcm: Float32Array;
  /** First sample of each piece, and when it came out, µs. */
  readonly starts: readonly number[];
  readonly outUs: readonly number[];
}

const RATE_HZ = 16_000;
/** Taps on each side of the middle, in samples of the lower rate. */
const SIDE = 16;

/** Low-pass and every `factor`-th sample: a Hann-windowed sinc, linear phase, no delay. */
export function decimate(samples: Float32Array, factor: number): Float32Array {
  const side = SIDE * factor;
  const taps = new Float32Array(2 * side + 1);
  const cut = 0.92 / factor; // of the Nyquist frequency, a little under the new one
  for (let i = -side; i <= side; i++) {
    const x = Math.PI * i * cut;
    const sinc = i === 0 ? 1 : Math.sin(x) / x;
    taps[i + side] = cut * sinc * (0.5 + 0.5 * Math.cos((Math.PI * i) / (side + 1)));
  }
  const out = new Float32Array(Math.floor(samples.length / factor));
  for (let n = 0; n < out.length; n++) {
    const first = n * factor - side;
    let sum = 0;
    for (let i = 0; i < taps.length; i++) sum += (taps[i] ?? 0) * (samples[first + i] ?? 0);
    out[n] = sum;
  }
  return out;
}

export function toFloat(pcm: Int16Array): Float32Array {
  return Float32Array.from(pcm, (sample) => sample / 32768);
}

/** Joins what a contender handed out from `fromUs` on, at 16 kHz. */
export function joinOutput(chunks: readonly OutputChunk[], fromUs: number): Output {
  const kept = chunks.filter(({ outUs, pcm }) => outUs >= fromUs && pcm.length > 0);
  // WebRTC stacks hand out silence at a rate of their own until the first packet is there.
  const rateHz = kept.at(-1)?.sampleRateHz ?? RATE_HZ;
  if (rateHz % RATE_HZ !== 0) throw new Error(`Audio at ${rateHz} Hz is not a multiple of 16 kHz`);
  const factor = rateHz / RATE_HZ;
  const same = kept.slice(kept.findLastIndex(({ sampleRateHz }) => sampleRateHz !== rateHz) + 1);
  const whole = new Float32Array(same.reduce((sum, { pcm }) => sum + pcm.length, 0));
  const starts: number[] = [];
  const outUs: number[] = [];
  let at = 0;
  for (const chunk of same) {
    whole.set(toFloat(chunk.pcm), at);
    starts.push(at / factor);
    outUs.push(chunk.outUs);
    at += chunk.pcm.length;
  }
  return {
    sampleRateHz: RATE_HZ,
    pcm: factor === 1 ? whole : decimate(whole, factor),
    starts,
    outUs,
  };
}
