import { EarshotError } from '../errors.js';
import type { ReceiverChoice } from './configuration.js';
import { namedSettings } from './configuration-name.js';
import type { CompareRow } from './row.js';

/** Picks rows of `earshot` out of all. */
export interface RowChoice {
  /** Whose rows may be picked. */
  readonly receivers: readonly ReceiverChoice[];
  rowsOf(rows: readonly CompareRow[]): CompareRow[];
}

/** Of each call, the row that costs least among those that the other words leave. */
const BEST = 'best';
const ENGINE = /^earshot\s+/;

/**
 * Reads which rows are meant: words of a configuration's name as tables have it, separated by commas, and `best`. A row must have
 * all of them.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` for a word that none of the receivers is called by, with those that there are,
 *   and for words that no receiver has all of
 */
export function parseRowChoice(text: string, receivers: readonly ReceiverChoice[]): RowChoice {
  const words = text.split(',').map((word) => word.trim().replace(ENGINE, ''));
  const wanted = words.filter((word) => word !== BEST);
  const names = receivers.map(nameOf);
  const known = new Set(names.flat());
  const unknown = wanted.find((word) => !known.has(word));
  if (unknown !== undefined) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `No row is called ${JSON.stringify(unknown)}; there are ${[BEST, ...known].join(', ')}`,
    );
  }
  const meant = receivers.filter((receiver) => hasAll(receiver, wanted));
  if (meant.length === 0) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `No row is ${JSON.stringify(text)} all at once; there are ${names.map((name) => name.join(', ')).join('; ')}`,
    );
  }
  return {
    receivers: meant,
    rowsOf(rows) {
      const named = rows.filter(({ receiver }) => receiver !== null && hasAll(receiver, wanted));
      return words.includes(BEST) ? cheapestOfEachCall(named) : named;
    },
  };
}

function nameOf(receiver: ReceiverChoice): string[] {
  return Object.values(namedSettings(receiver));
}

function hasAll(receiver: ReceiverChoice, words: readonly string[]): boolean {
  const name = nameOf(receiver);
  return words.every((word) => name.includes(word));
}

function cheapestOfEachCall(rows: readonly CompareRow[]): CompareRow[] {
  const best = new Map<string, CompareRow>();
  for (const row of rows) {
    const call = JSON.stringify([row.capture, row.network, row.seed, row.redDistance]);
    const cheapest = best.get(call);
    if (cheapest === undefined || row.costMs < cheapest.costMs) best.set(call, row);
  }
  return [...best.values()];
}
