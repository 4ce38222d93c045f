import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SpokenPrompt {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

const SPEECH = join(import.meta.dirname, '..', '..', 'fixtures', 'speech');

/** The call of the fixtures: a human voice at 16 kHz, where each prompt stands and its words. */
export function fixtureCall(): { pcm: Int16Array; prompts: readonly SpokenPrompt[]; lm: string } {
  const prompts: readonly SpokenPrompt[] = JSON.parse(
    readFileSync(join(SPEECH, 'call.json'), 'utf8'),
  );
  return { pcm: pcmOf(join(SPEECH, 'call.wav')), prompts, lm: join(SPEECH, 'call.arpa') };
}

/** Samples of a mono 16-bit WAV file with a plain 44-byte header. */
export function pcmOf(file: string): Int16Array {
  const bytes = readFileSync(file);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length));
}

export function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z' ]/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Word errors: substitutions, insertions and deletions of the cheapest alignment. */
export function wordErrors(truth: readonly string[], heard: readonly string[]): number {
  let row = Array.from({ length: heard.length + 1 }, (_, j) => j);
  for (const [i, word] of truth.entries()) {
    const next = [i + 1];
    for (const [j, other] of heard.entries()) {
      const replaced = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
