import type { Provenance } from '../../src/receiver/audio-frame.js';
import type { AudioChunk } from '../../src/recognizers/recognizer.js';

/** Cuts PCM into chunks of one provenance that follow one another from `startMs` on. */
export function chunksOf(
  pcm: Int16Array,
  settings: {
    readonly sampleRateHz?: number;
    readonly chunkMs?: number;
    readonly startMs?: number;
    readonly provenance?: Provenance;
  } = {},
): AudioChunk[] {
  const { sampleRateHz = 16_000, chunkMs = 20, startMs = 0, provenance = 'received' } = settings;
  const size = Math.round((sampleRateHz * chunkMs) / 1000);
  const chunks: AudioChunk[] = [];
  for (let at = 0; at < pcm.length; at += size) {
    const piece = pcm.slice(at, at + size);
    const durationMs = (piece.length * 1000) / sampleRateHz;
    chunks.push({
      startMs: startMs + (at * 1000) / sampleRateHz,
      durationMs,
      sampleRateHz,
      pcm: piece,
      spans: [{ provenance, durationMs }],
      version: 0,
    });
  }
  return chunks;
}

/** Noise of a level, dB relative to full scale, the same for the same seed. */
export function noise(
  durationMs: number,
  levelDb: number,
  seed = 1,
  sampleRateHz = 16_000,
): Int16Array {
  const pcm = new Int16Array((durationMs * sampleRateHz) / 1000);
  // Uniform noise in ±a has an RMS of a/√3.
  const amplitude = 32_768 * 10 ** (levelDb / 20) * Math.sqrt(3);
  let state = seed >>> 0;
  for (let i = 0; i < pcm.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const sample = (state / 2 ** 31 - 1) * amplitude;
    pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round(sample)));
  }
  return pcm;
}

export function join(...parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
