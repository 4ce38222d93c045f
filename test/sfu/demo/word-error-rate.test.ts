import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignWords, wordErrorRatio, wordsOf } from '../../../sfu/demo/word-error-rate.js';

describe('word error rate', () => {
  it('compares words as recognizers write them, without case and punctuation', () => {
    expect(wordsOf("You're the only person, in this Conference.")).toEqual([
      "you're",
      'the',
      'only',
      'person',
      'in',
      'this',
      'conference',
    ]);
  });

  it('tells substituted, deleted and inserted words apart', () => {
    const heard = wordsOf('tile the again please now');

    const aligned = alignWords(wordsOf('dial the number again please'), heard);

    expect(aligned).toEqual([
      { kind: 'substituted', said: 'dial', heard: 'tile' },
      { kind: 'same', said: 'the', heard: 'the' },
      { kind: 'deleted', said: 'number', heard: undefined },
      { kind: 'same', said: 'again', heard: 'again' },
      { kind: 'same', said: 'please', heard: 'please' },
      { kind: 'inserted', said: undefined, heard: 'now' },
    ]);
    expect(wordErrorRatio(aligned)).toBe(3 / 5);
  });

  it('counts every word as an error when nothing was recognized', () => {
    expect(wordErrorRatio(alignWords(['your', 'message'], []))).toBe(1);
  });

  it('goes above 1 when more was recognized than was said', () => {
    expect(wordErrorRatio(alignWords(['one'], ['two', 'three', 'four']))).toBe(3);
  });

  it('keeps both texts in order and never needs more edits than words', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, (said, heard) => {
        const aligned = alignWords(said, heard);
        expect(aligned.flatMap((word) => word.said ?? [])).toEqual(said);
        expect(aligned.flatMap((word) => word.heard ?? [])).toEqual(heard);
        const edits = aligned.filter((word) => word.kind !== 'same').length;
        expect(edits).toBeLessThanOrEqual(Math.max(said.length, heard.length));
        expect(edits).toBeGreaterThanOrEqual(Math.abs(said.length - heard.length));
      }),
    );
  });
});
