import { Random } from './random.js';

const RATE_HZ = 16_000;
const SECONDS = 10;
const FRAME_SAMPLES = RATE_HZ / 100;
/** First three formants of vowels, Hz: means for men in Peterson and Barney 1952. */
const VOWELS = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [570, 840, 2410],
  [530, 1840, 2480],
  [300, 870, 2240],
] as const;
const BANDWIDTHS_HZ = [80, 100, 140] as const;
const PEAK = 12_000;

/**
 * Ten seconds at 16 kHz that codecs and detectors take for a voice: syllables of vowels, pitch that falls over a phrase,
 * pauses between phrases. The same on every machine but for the last bit; nobody's voice.
 */
export function syntheticVoice(): { readonly sampleRateHz: 16000; readonly pcm: Int16Array } {
  const random = new Random(1);
  const sound = new Float64Array(RATE_HZ * SECONDS);
  let at = RATE_HZ / 10;
  while (at < sound.length - RATE_HZ) {
    const syllables = 4 + random.below(5);
    for (let i = 0; i < syllables && at < sound.length - RATE_HZ / 2; i++) {
      const samples = Math.round(RATE_HZ * (0.14 + 0.1 * random.uniform()));
      const vowel = VOWELS[random.below(VOWELS.length)] ?? VOWELS[0];
      addSyllable(sound.subarray(at, at + samples), vowel, 130 - 35 * (i / syllables), random);
      at += samples + Math.round(RATE_HZ * 0.03 * random.uniform());
    }
    at += Math.round(RATE_HZ * (0.3 + 0.4 * random.uniform()));
  }
  const peak = sound.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 1e-9);
  return {
    sampleRateHz: RATE_HZ,
    pcm: Int16Array.from(sound, (sample) => Math.round((sample / peak) * PEAK)),
  };
}

/** Pulses of the glottis through three resonances, with a breath of noise before them. */
function addSyllable(
  out: Float64Array,
  formantsHz: readonly number[],
  pitchHz: number,
  random: Random,
): void {
  const resonators = formantsHz.map((hz, i) => resonator(hz, BANDWIDTHS_HZ[i] ?? 100));
  let phase = 0;
  let previous = 0;
  for (let i = 0; i < out.length; i++) {
    phase += (pitchHz * (1 + 0.02 * Math.sin(i / 900))) / RATE_HZ;
    const pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    const isBreath = i < 3 * FRAME_SAMPLES;
    let sample = pulse + (isBreath ? 0.08 : 0.004) * random.normal();
    for (const filter of resonators) sample = filter(sample);
    const envelope = Math.sin((Math.PI * (i + 0.5)) / out.length) ** 0.6;
    out[i] = (sample - 0.9 * previous) * envelope; // lips: a high pass
    previous = sample;
  }
}

/** Klatt 1980, equation 1: two poles, unit gain at 0 Hz. */
function resonator(frequencyHz: number, bandwidthHz: number): (sample: number) => number {
  const c = -Math.exp((-2 * Math.PI * bandwidthHz) / RATE_HZ);
  const b =
    2 *
    Math.exp((-Math.PI * bandwidthHz) / RATE_HZ) *
    Math.cos((2 * Math.PI * frequencyHz) / RATE_HZ);
  const a = 1 - b - c;
  let [one, two] = [0, 0];
  return (sample) => {
    const out = a * sample + b * one + c * two;
    two = one;
    one = out;
    return out;
  };
}
