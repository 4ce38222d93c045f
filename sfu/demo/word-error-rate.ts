/** One step of an alignment of what was said with what was recognized. */
export type AlignedWord =
  | { readonly kind: 'same' | 'substituted'; readonly said: string; readonly heard: string }
  | { readonly kind: 'deleted'; readonly said: string; readonly heard: undefined }
  | { readonly kind: 'inserted'; readonly said: undefined; readonly heard: string };

/** The words of a text as recognizers write them: lower case, no punctuation but the apostrophe. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

/** Aligns two word lists with the fewest substitutions, deletions and insertions (Levenshtein). */
export function alignWords(said: readonly string[], heard: readonly string[]): AlignedWord[] {
  const width = heard.length + 1;
  const cost = new Uint32Array((said.length + 1) * width);
  const at = (row: number, column: number): number => cost[row * width + column] ?? 0;
  for (let row = 0; row <= said.length; row += 1) {
    for (let column = 0; column < width; column += 1) {
      cost[row * width + column] =
        row === 0 || column === 0
          ? row + column
          : Math.min(
              at(row - 1, column - 1) + (said[row - 1] === heard[column - 1] ? 0 : 1),
              at(row - 1, column) + 1,
              at(row, column - 1) + 1,
            );
    }
  }

  const aligned: AlignedWord[] = [];
  let row = said.length;
  let column = heard.length;
  while (row > 0 || column > 0) {
    const saidWord = said[row - 1];
    const heardWord = heard[column - 1];
    const same = saidWord === heardWord;
    const here = at(row, column);
    if (
      saidWord !== undefined &&
      heardWord !== undefined &&
      here === at(row - 1, column - 1) + (same ? 0 : 1)
    ) {
      aligned.push({ kind: same ? 'same' : 'substituted', said: saidWord, heard: heardWord });
      row -= 1;
      column -= 1;
    } else if (saidWord !== undefined && here === at(row - 1, column) + 1) {
      aligned.push({ kind: 'deleted', said: saidWord, heard: undefined });
      row -= 1;
    } else if (heardWord !== undefined) {
      aligned.push({ kind: 'inserted', said: undefined, heard: heardWord });
      column -= 1;
    }
  }
  return aligned.reverse();
}

/** Substitutions, deletions and insertions by the number of words said, 0 or more; `NaN` when nothing was said. */
export function wordErrorRatio(aligned: readonly AlignedWord[]): number {
  const errors = aligned.filter((word) => word.kind !== 'same').length;
  const saidWords = aligned.filter((word) => word.said !== undefined).length;
  return errors / saidWords;
}
