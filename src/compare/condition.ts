import { EarshotError } from '../errors.js';
import { type CompareRow, ROW_NUMBERS } from './row.js';

/** A condition on the numbers of a row, as `latencyMs.p95>150 && concealedRatio>0.01`. */
export interface Condition {
  readonly text: string;
  /** Whether it holds for a row that has all of its numbers; a row that lacks one is none of its business. */
  holdsFor(row: CompareRow): boolean;
}

const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
};
const TERM = /^\s*([A-Za-z][\w.]*)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*$/;

/**
 * Reads a condition; nothing of it is ever run as code.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` for another form, and for a path that no row has, with those it may have
 */
export function parseCondition(text: string): Condition {
  const terms = text.split('&&').map((term) => parseTerm(term, text));
  return { text, holdsFor: (row) => terms.every((holds) => holds(row)) };
}

function parseTerm(term: string, text: string): (row: CompareRow) => boolean {
  const [, path = '', operator = '', number = ''] = TERM.exec(term) ?? [];
  const compares = COMPARISONS[operator];
  if (compares === undefined) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected a condition like 'latencyMs.p95>150 && concealedRatio>0.01', got ${JSON.stringify(text)}`,
    );
  }
  const read = Object.hasOwn(ROW_NUMBERS, path) ? ROW_NUMBERS[path] : undefined;
  if (read === undefined) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Unknown path ${path} in a condition; there are ${Object.keys(ROW_NUMBERS).join(', ')}`,
    );
  }
  return (row) => {
    const value = read(row);
    return value !== null && compares(value, Number(number));
  };
}
