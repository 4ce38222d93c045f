import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alignWords } from '../../sfu/demo/word-error-rate.js';
import { readWav } from '../../src/replay/index.js';

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
  return { pcm: readWav(join(SPEECH, 'call.wav')).pcm, prompts, lm: join(SPEECH, 'call.arpa') };
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
  return alignWords(truth, heard).filter(({ kind }) => kind !== 'same').length;
}
