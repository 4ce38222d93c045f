import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWav } from '../../src/replay/index.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const ROW = /^\| `([^`]+)` \| .* \| (\d+) \| `([0-9a-f]{64})` \|$/gm;
const MAX_CAPTURES_BYTES = 3_000_000;

interface Prompt {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

const rows = [...readFileSync(join(FIXTURES, 'README.md'), 'utf8').matchAll(ROW)].map(
  ([, file = '', bytes, sha256]) => ({ file, bytes: Number(bytes), sha256 }),
);

function filesIn(folder: string): string[] {
  return readdirSync(join(FIXTURES, folder)).map((name) => `${folder}/${name}`);
}

describe('fixtures/README.md', () => {
  it('lists every recording and capture, and nothing else', () => {
    const listed = rows.map(({ file }) => file).sort();

    expect(listed).toEqual(['speech', 'captures', 'recordings'].flatMap(filesIn).sort());
  });

  it.each(rows)('tells size and sha256 of $file', ({ file, bytes, sha256 }) => {
    const content = readFileSync(join(FIXTURES, file));

    expect(content.length).toBe(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  });

  it('stands over captures of 3 MB at most', () => {
    const captures = rows.filter(({ file }) => file.startsWith('captures/'));

    expect(captures.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(MAX_CAPTURES_BYTES);
  });
});

describe('the spoken call', () => {
  const prompts: Prompt[] = JSON.parse(readFileSync(join(FIXTURES, 'speech/call.json'), 'utf8'));

  it('has its prompts where call.json says, louder than the pauses between them', () => {
    const { pcm, sampleRateHz } = readWav(join(FIXTURES, 'speech/call.wav'));
    const rmsOf = (fromMs: number, toMs: number): number => {
      const part = pcm.subarray((fromMs * sampleRateHz) / 1000, (toMs * sampleRateHz) / 1000);
      return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
    };

    let lastEndMs = 0;
    for (const { id, startMs, endMs } of prompts) {
      const pause = rmsOf(lastEndMs, startMs);
      expect(pause, `the pause before ${id}`).toBeLessThan(40); // the noise floor is 33 of 32768
      expect(rmsOf(startMs, endMs), id).toBeGreaterThan(20 * pause);
      lastEndMs = endMs;
    }
    expect(prompts).toHaveLength(8);
  });

  it('has a language model that knows each of its words and has to choose among others', () => {
    const arpa = readFileSync(join(FIXTURES, 'speech/call.arpa'), 'utf8');
    const unigrams = arpa.slice(arpa.indexOf('\\1-grams:'), arpa.indexOf('\\2-grams:'));
    const known = new Set([...unigrams.matchAll(/^-[\d.]+ (\S+)/gm)].map(([, word]) => word));
    const spoken = prompts.flatMap(({ text }) => text.toLowerCase().match(/[a-z']+/g) ?? []);

    expect(spoken.filter((word) => !known.has(word))).toEqual([]);
    expect(known.size).toBeGreaterThan(2 * new Set(spoken).size);
  });

  it('has a language model whose words after any one word are a probability: they add up to 1', () => {
    const arpa = readFileSync(join(FIXTURES, 'speech/call.arpa'), 'utf8');
    const probability = new Map<string, number>();
    const backOff = new Map<string, number>();
    for (const [, log, gram = '', weight = '0'] of arpa.matchAll(
      /^(-[\d.]+) ([^-\n]+?)(?: (-?[\d.]+))?$/gm,
    )) {
      probability.set(gram, 10 ** Number(log));
      backOff.set(gram, 10 ** Number(weight));
    }
    const words = [...probability.keys()].filter((gram) => !gram.includes(' ') && gram !== '<s>');
    const after = (history: string, word: string): number =>
      probability.get(`${history} ${word}`) ??
      (backOff.get(history) ?? 1) * (probability.get(word) ?? 0);

    for (const history of words.filter((word) => word !== '</s>')) {
      const total = words.reduce((sum, word) => sum + after(history, word), 0);
      expect(total, `after "${history}"`).toBeCloseTo(1, 2);
    }
  });
});
