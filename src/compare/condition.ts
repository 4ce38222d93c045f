import { EarshotError } from '../errors.js';
import type { ReceiverChoice } from './configuration.js';
import { type CompareRow, RECOGNIZER_NUMBERS, ROW_NUMBERS } from './row.js';
import { parseRowChoice, type RowChoice } from './row-choice.js';

/** A condition on the numbers of rows of `earshot`, as `latencyMs.p95>150 && concealedRatio>1%` or `best: costMs>100`. */
export interface Condition {
  readonly text: string;
  /** The rows it holds for. A row that lacks one of its numbers is none of its business. */
  heldBy(rows: readonly CompareRow[]): CompareRow[];
}

const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
};
const TERM = /^\s*([A-Za-z][\w.]*)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(%?)\s*$/;

/**
 * Reads a condition; nothing of it is ever run as code.
 *
 * @param receivers - whose rows can be named
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` for another form, for a number or a row that is not there, with those that are, for
 *   a number that none of its rows has, so that it could never hold, and for what no share can be compared with
 */
export function parseCondition(text: string, receivers: readonly ReceiverChoice[]): Condition {
  // A path of a library may have colons of its own.
  const colon = text.lastIndexOf(':');
  const choice = colon < 0 ? allRows(receivers) : parseRowChoice(text.slice(0, colon), receivers);
  const terms = text
    .slice(colon + 1)
    .split('&&')
    .map((term) => parseTerm(term, text, choice.receivers));
  return {
    text,
    heldBy: (rows) => choice.rowsOf(rows).filter((row) => terms.every((holds) => holds(row))),
  };
}

function allRows(receivers: readonly ReceiverChoice[]): RowChoice {
  return {
    receivers,
    rowsOf: (rows) => rows.filter(({ contender }) => contender === 'earshot'),
  };
}

function parseTerm(
  term: string,
  text: string,
  receivers: readonly ReceiverChoice[],
): (row: CompareRow) => boolean {
  const [, path = '', operator = '', digits = '', percent = ''] = TERM.exec(term) ?? [];
  const compares = COMPARISONS[operator];
  if (compares === undefined) {
    throw badCondition(
      `Expected a condition like 'latencyMs.p95>150 && concealedRatio>1%' or 'best: costMs>100', ` +
        `got ${JSON.stringify(text)}; ${askable()}`,
    );
  }
  const read = Object.hasOwn(ROW_NUMBERS, path) ? ROW_NUMBERS[path] : undefined;
  if (read === undefined) throw badCondition(`Unknown number ${path}; ${askable()}`);
  if (RECOGNIZER_NUMBERS.includes(path) && receivers.every(({ mode }) => mode === 'playout')) {
    throw badCondition(
      `${path} is of mode recognizer, and ${JSON.stringify(text)} could never hold`,
    );
  }
  const number = Number(digits) / (percent === '' ? 1 : 100);
  checkUnit(path, number, percent);
  return (row) => {
    const value = read(row);
    return value !== null && compares(value, number);
  };
}

/** A share is compared with a share: 5 instead of 5% would let everything pass. */
function checkUnit(path: string, number: number, percent: string): void {
  const isShare = path.endsWith('Ratio');
  if (percent !== '' && !isShare) throw badCondition(`${path} is no share, so that % says nothing`);
  if (isShare && (number < 0 || number > 1)) {
    throw badCondition(`${path} is a share in 0..1 or 0%..100%, got ${number}`);
  }
}

function askable(): string {
  return `it can ask for ${Object.keys(ROW_NUMBERS).join(', ')}`;
}

function badCondition(message: string): EarshotError {
  return new EarshotError('EARSHOT_BAD_OPTION', message);
}
