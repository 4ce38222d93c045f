import { expect, it } from 'vitest';
import { VoiceActivityDetector } from '../../src/speech/voice-activity.js';
import { fixtureCall } from '../helpers/call.js';
import { chunksOf, join, noise } from '../helpers/chunks.js';

type Piece = Parameters<typeof chunksOf>[1] & { pcm: Int16Array };

/** Runs pieces one after another and gives [state, seconds] of each change. */
function changes(pieces: readonly Piece[], chunkMs = 20): [string, number][] {
  const detector = new VoiceActivityDetector(16_000);
  let startMs = 0;
  return pieces.flatMap(({ pcm, ...settings }) => {
    const chunks = chunksOf(pcm, { ...settings, chunkMs, startMs });
    startMs += pcm.length / 16;
    return chunks.flatMap((chunk) =>
      detector
        .process(chunk)
        .map(({ state, atMs }): [string, number] => [state, Math.round(atMs / 10) / 100]),
    );
  });
}

it('finds speech over noise within two frames of its start and end', () => {
  const found = changes([
    { pcm: join(noise(2000, -65), noise(1000, -30, 2), noise(2000, -65, 3)) },
  ]);

  expect(found).toEqual([
    ['start', expect.closeTo(2, 1)],
    ['end', expect.closeTo(3, 1)],
  ]);
});

it('finds the same with any length of chunk', () => {
  const pcm = join(noise(1000, -65), noise(700, -30, 2), noise(1500, -65, 3));
  const wanted = changes([{ pcm }], 20);

  for (const chunkMs of [2.5, 7.5, 10, 50, 200])
    expect(changes([{ pcm }], chunkMs)).toEqual(wanted);
});

it('does not take the noise after digital silence for speech', () => {
  const found = changes([{ pcm: new Int16Array(16_000 * 10) }, { pcm: noise(3000, -62) }]);

  expect(found).toEqual([]);
});

it('takes no comfort noise for speech, however loud it is', () => {
  for (const provenance of ['cng', 'dtx', 'silence'] as const) {
    expect(changes([{ pcm: noise(2000, -30), provenance }])).toEqual([]);
  }
});

it('ends an utterance while nothing but DTX comes', () => {
  const found = changes([
    { pcm: noise(1000, -65) },
    { pcm: noise(1000, -25, 2) },
    { pcm: new Int16Array(16_000), provenance: 'dtx' },
  ]);

  expect(found.map(([state]) => state)).toEqual(['start', 'end']);
});

it('keeps its noise floor through a pause of zeros', () => {
  const street = (ms: number, seed: number): Piece => ({ pcm: noise(ms, -48, seed) });
  const found = changes([
    street(6000, 1),
    { pcm: new Int16Array(16_000 * 5), provenance: 'silence' },
    street(3000, 2),
  ]);

  // The street itself starts as speech until it was heard for three seconds; after the pause it must not again.
  expect(found.filter(([, at]) => at > 6.1)).toEqual([]);
});

it('gives up on loud steady noise once it was heard for long enough', () => {
  const found = changes([{ pcm: noise(8000, -35) }]);

  expect(found.at(-1)?.[0]).toBe('end');
});

it('does not take a click for speech', () => {
  const pcm = noise(2000, -65);
  pcm.fill(20_000, 16_000, 16_080);

  expect(changes([{ pcm }])).toEqual([]);
});

it('cuts a call of a human voice where its prompts are', () => {
  const { pcm, prompts } = fixtureCall();

  const found = changes([{ pcm }]);

  expect(found).toHaveLength(2 * prompts.length);
  for (const [index, { startMs, endMs }] of prompts.entries()) {
    expect(Math.abs((found[2 * index]?.[1] ?? 0) - startMs / 1000)).toBeLessThan(0.3);
    expect(Math.abs((found[2 * index + 1]?.[1] ?? 0) - endMs / 1000)).toBeLessThan(0.4);
  }
});
