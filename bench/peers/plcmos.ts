import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Random } from '../../src/simulate/index.js';

const MODEL = 'models/plcmos_v2.onnx';
const FRAME_SAMPLES = 512;
const HOP_SAMPLES = FRAME_SAMPLES / 2;
const BINS = FRAME_SAMPLES / 2 + 1;
/** How the model's input is scaled, and what stands for a bin without power: 120 dB under the least that has some. */
const SCALE = 1 / 20;
const FLOOR_NEPERS = -12 * Math.LN10;
const SILENCE_NEPERS = -8 * Math.LN10;
const RATERS = 15;
const RATER_VALUES = 64;
const RATER_SEED = 1;
const PIECE_SAMPLES = 8 * 16_000;

/** The part of onnxruntime-node that is used; it is no dependency, who wants the column brings it. */
interface Runtime {
  readonly InferenceSession: {
    create(path: string, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}
interface Session {
  run(inputs: object): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
}

/** Mean opinion of speech at 16 kHz that lost packets, 1..5. */
export type Scorer = (pcm: Float32Array) => Promise<number>;

/**
 * PLCMOS v2 (microsoft/PLC-Challenge, MIT): a network that hears lost packets without a reference.
 *
 * Its input is the log power of 32 ms Hamming windows, 16 ms apart, and a made-up rater, 64 normal numbers; the
 * opinion is the mean over 15 raters, here of a fixed seed.
 *
 * @returns a scorer, or the reason why there is none
 */
export async function openPlcmos(): Promise<Scorer | string> {
  const { EARSHOT_CORPUS: corpus, ORT_FROM: runtimeFolder } = process.env;
  if (!corpus) return 'EARSHOT_CORPUS is not set';
  if (!runtimeFolder) return 'ORT_FROM names no folder with onnxruntime-node';
  const modelPath = join(corpus, MODEL);
  if (!existsSync(modelPath)) return `EARSHOT_CORPUS has no ${MODEL}`;
  try {
    const load = createRequire(join(runtimeFolder, 'package.json'));
    const runtime = load('onnxruntime-node') as Runtime;
    const session = await runtime.InferenceSession.create(modelPath, { intraOpNumThreads: 1 });
    return (pcm) => score(runtime, session, pcm);
  } catch (error) {
    return `onnxruntime-node: ${String(error).split('\n')[0]}`;
  }
}

/** The mean over equal pieces of about 8 s. */
async function score({ Tensor }: Runtime, session: Session, pcm: Float32Array): Promise<number> {
  const pieces = Math.max(1, Math.round(pcm.length / PIECE_SAMPLES));
  const random = new Random(RATER_SEED);
  const raters = Array.from({ length: RATERS }, () =>
    Float32Array.from({ length: RATER_VALUES }, () => random.normal()),
  );
  let sum = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const from = Math.floor((piece * pcm.length) / pieces);
    const to = Math.floor(((piece + 1) * pcm.length) / pieces);
    const { frames, values } = logPower(pcm.subarray(from, to));
    const audio = new Tensor('float32', values, [1, 1, frames, BINS]);
    for (const rater of raters) {
      const embedding = new Tensor('float32', rater, [1, RATER_VALUES]);
      const { plcmos } = await session.run({ degraded_audio: audio, rater_embed: embedding });
      sum += plcmos?.data[0] ?? Number.NaN;
    }
  }
  return sum / pieces / RATERS;
}

interface Features {
  readonly frames: number;
  readonly values: Float32Array;
}

/** The first window stands half before the first sample. */
export function logPower(pcm: Float32Array): Features {
  const frames = Math.ceil((pcm.length + HOP_SAMPLES) / HOP_SAMPLES);
  const power = new Float64Array(frames * BINS);
  const real = new Float64Array(FRAME_SAMPLES);
  const imaginary = new Float64Array(FRAME_SAMPLES);
  let least = Number.POSITIVE_INFINITY;
  for (let frame = 0; frame < frames; frame++) {
    const first = (frame - 1) * HOP_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const window = 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / FRAME_SAMPLES);
      real[i] = window * (pcm[first + i] ?? 0);
    }
    imaginary.fill(0);
    transform(real, imaginary);
    for (let bin = 0; bin < BINS; bin++) {
      const one = (real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2;
      power[frame * BINS + bin] = one;
      if (one > 0) least = Math.min(least, one);
    }
  }
  const floor = Number.isFinite(least) ? Math.log(least) + FLOOR_NEPERS : SILENCE_NEPERS;
  const values = Float32Array.from(power, (one) => SCALE * (one > 0 ? Math.log(one) : floor));
  return { frames, values };
}

/** Fourier transform in place, radix 2 (Cooley and Tukey 1965). */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j] ?? 0, real[i] ?? 0];
      [imaginary[i], imaginary[j]] = [imaginary[j] ?? 0, imaginary[i] ?? 0];
    }
  }
  for (let span = 2; span <= size; span *= 2) {
    for (let k = 0; k < span / 2; k++) {
      const angle = (-2 * Math.PI * k) / span;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (let a = k; a < size; a += span) {
        const b = a + span / 2;
        const re = (real[b] ?? 0) * cos - (imaginary[b] ?? 0) * sin;
        const im = (real[b] ?? 0) * sin + (imaginary[b] ?? 0) * cos;
        real[b] = (real[a] ?? 0) - re;
        imaginary[b] = (imaginary[a] ?? 0) - im;
        real[a] = (real[a] ?? 0) + re;
        imaginary[a] = (imaginary[a] ?? 0) + im;
      }
    }
  }
}
