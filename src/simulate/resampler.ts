import { checkRange } from '../errors.js';

/** Rates the encoder takes, Hz. */
const ENCODER_RATES_HZ = [8000, 12_000, 16_000, 24_000, 48_000] as const;
export type EncoderRateHz = (typeof ENCODER_RATES_HZ)[number];

/** Zero crossings of the filter on each side: 16 keep aliases 80 dB down with this window. */
const ZERO_CROSSINGS = 16;
/** Share of the lower half rate that passes. */
const PASS_RATIO = 0.94;

/** The rate at which PCM of this rate loses nothing, or the encoder's best. */
export function encoderRateFor(sampleRateHz: number): EncoderRateHz {
  return ENCODER_RATES_HZ.find((rate) => rate >= sampleRateHz) ?? 48_000;
}

/**
 * PCM at another rate, piece by piece: a windowed sinc (Blackman) over exact fractions of a sample.
 *
 * @param fromHz - 4000..384000
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function* resampled(
  pieces: Iterable<Int16Array>,
  fromHz: number,
  toHz: EncoderRateHz,
): Generator<Int16Array> {
  checkRange('the sample rate', fromHz, 4000, 384_000);
  if (fromHz === toHz) {
    yield* pieces;
    return;
  }
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const [stepIn, phases] = [fromHz / divisor, toHz / divisor];
  const cutoff = Math.min(1, toHz / fromHz) * PASS_RATIO;
  const reach = Math.ceil(ZERO_CROSSINGS / cutoff);
  const kernels = new Map<number, Float64Array>();
  const kernelOf = (phase: number): Float64Array => {
    const known = kernels.get(phase) ?? kernel(phase / phases, cutoff, reach);
    kernels.set(phase, known);
    return known;
  };

  // Sample k of the output lies at k * stepIn / phases of the input; what it needs reaches `reach` to both sides.
  let held = new Int16Array(reach);
  let heldFrom = -reach;
  let whole = 0;
  let phase = 0;
  let samplesIn = 0;
  const make = (endOfInput: number): Int16Array => {
    const out: number[] = [];
    while (whole + reach < heldFrom + held.length && whole < endOfInput) {
      const taps = kernelOf(phase);
      let sum = 0;
      const at = whole - reach + 1 - heldFrom;
      for (let tap = 0; tap < taps.length; tap++) sum += (taps[tap] ?? 0) * (held[at + tap] ?? 0);
      out.push(Math.max(-32_768, Math.min(32_767, Math.round(sum))));
      phase += stepIn;
      whole += Math.floor(phase / phases);
      phase %= phases;
    }
    const drop = Math.max(0, Math.min(held.length, whole - reach - heldFrom));
    held = held.slice(drop);
    heldFrom += drop;
    return Int16Array.from(out);
  };
  for (const piece of pieces) {
    held = joined(held, piece);
    samplesIn += piece.length;
    yield make(samplesIn);
  }
  held = joined(held, new Int16Array(reach + 1));
  yield make(samplesIn);
}

/** Weights of the samples from `reach - 1` before to `reach` behind a place `fraction` after a sample. */
function kernel(fraction: number, cutoff: number, reach: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach }, (_, tap) => {
    const x = tap - (reach - 1) - fraction;
    const angle = Math.PI * cutoff * x;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    const place = Math.min(1, Math.abs(x) / reach) * Math.PI;
    return sinc * (0.42 + 0.5 * Math.cos(place) + 0.08 * Math.cos(2 * place));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function joined(one: Int16Array, other: Int16Array): Int16Array<ArrayBuffer> {
  const both = new Int16Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
