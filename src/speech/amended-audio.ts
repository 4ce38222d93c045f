import type { Provenance } from '../receiver/audio-frame.js';
import type { ProvenanceSpan } from '../recognizers/recognizer.js';

/** Audio and where it stands. */
export interface PlacedAudio {
  /** Media time of the first sample, ms. */
  readonly startMs: number;
  readonly pcm: Int16Array;
}

/** A stretch of some audio, ms from its first sample. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Puts `better` in the place of what `audio` has of the same media time; returns where that was, if anywhere. */
export function amendAudio(
  audio: PlacedAudio,
  better: PlacedAudio,
  sampleRateHz: number,
): Stretch | undefined {
  const samplesPerMs = sampleRateHz / 1000;
  const shift = Math.round((better.startMs - audio.startMs) * samplesPerMs);
  const from = Math.max(0, shift);
  const to = Math.min(audio.pcm.length, shift + better.pcm.length);
  if (to <= from) return undefined;
  audio.pcm.set(better.pcm.subarray(from - shift, to - shift), from);
  return { fromMs: from / samplesPerMs, toMs: to / samplesPerMs };
}

/** What audio is made of after a stretch of it was made anew. */
export function amendSpans(
  spans: readonly ProvenanceSpan[],
  { fromMs, toMs }: Stretch,
  provenance: Provenance,
): ProvenanceSpan[] {
  const before: ProvenanceSpan[] = [];
  const after: ProvenanceSpan[] = [];
  let startMs = 0;
  for (const span of spans) {
    const endMs = startMs + span.durationMs;
    addSpan(before, span.provenance, Math.min(endMs, fromMs) - startMs);
    addSpan(after, span.provenance, endMs - Math.max(startMs, toMs));
    startMs = endMs;
  }
  const amended = before;
  addSpan(amended, provenance, toMs - fromMs);
  for (const span of after) addSpan(amended, span.provenance, span.durationMs);
  return amended;
}

/** Appends audio to what others are made of; none where there is none. */
export function addSpan(spans: ProvenanceSpan[], provenance: Provenance, durationMs: number): void {
  if (durationMs <= 0) return;
  const last = spans.at(-1);
  if (last?.provenance === provenance) {
    spans[spans.length - 1] = { provenance, durationMs: last.durationMs + durationMs };
  } else {
    spans.push({ provenance, durationMs });
  }
}
