export type Ink = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

const CODES: Readonly<Record<Ink, string>> = {
  bold: '1',
  dim: '2',
  green: '32',
  yellow: '33',
  red: '31',
};

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (ink: Ink, text: string) => string;

/** Colours on a terminal only, and never with NO_COLOR. */
export function paintFor(stream: { readonly isTTY?: boolean }, noColor: string | undefined): Paint {
  if (stream.isTTY !== true || (noColor !== undefined && noColor !== '')) {
    return (_ink, text) => text;
  }
  return (ink, text) => `\u001b[${CODES[ink]}m${text}\u001b[0m`;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar `ratio` of `columns` long, in eighths of a column. */
export function bar(ratio: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, ratio)) * columns * 8);
  return '█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] ?? '');
}

/** A piece of text, and how wide it is once its colours are taken off. */
export interface Piece {
  readonly text: string;
  readonly columns: number;
}

/** Breaks words into lines of at most `columns`, the first after `head` and the others under it. */
export function wrap(head: string, pieces: readonly Piece[], columns: number): string {
  const indent = ' '.repeat(head.length);
  let out = head;
  let used = head.length;
  for (const [index, { text, columns: wide }] of pieces.entries()) {
    const gap = index === 0 ? 0 : 1;
    if (gap === 1 && used + gap + wide > columns) {
      out += `\n${indent}${text}`;
      used = indent.length + wide;
    } else {
      out += `${gap === 1 ? ' ' : ''}${text}`;
      used += gap + wide;
    }
  }
  return out;
}
