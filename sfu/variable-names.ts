import { EarshotError } from '../src/index.js';
import { LIMIT_RANGES } from './limits.js';

/** `maxRooms` is `EARSHOT_MAX_ROOMS`. */
export function limitVariable(name: string): string {
  return `EARSHOT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

const VARIABLES: readonly string[] = [
  'EARSHOT_CONFIG',
  'EARSHOT_HOST',
  'EARSHOT_PORT',
  'EARSHOT_TOKENS',
  'EARSHOT_CORS_ORIGINS',
  'EARSHOT_RECOGNIZER',
  'EARSHOT_RECOGNIZER_OPTIONS',
  'EARSHOT_LANGUAGE',
  'EARSHOT_DEADLINE_MS',
  'EARSHOT_BUDGET_MS',
  'EARSHOT_MEDIA_ADDRESS',
  'EARSHOT_ANNOUNCED_ADDRESS',
  'EARSHOT_MEDIA_PORTS',
  'EARSHOT_LOG_LEVEL',
  ...Object.keys(LIMIT_RANGES).map(limitVariable),
];
const PREFIX = 'EARSHOT_';
/** Letters that a hand gets wrong at most, and of how many one. */
const MAX_TYPOS = 2;
const LETTERS_A_TYPO = 4;

/**
 * Refuses a variable that is nearly one of the server's: `EARSHOT_TOKEN` would leave it open. Others of that prefix may be
 * anybody's; a cluster names some after each of its services.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` with the name that may be meant
 */
export function checkVariableNames(env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || !value || VARIABLES.includes(name)) continue;
    const meant = VARIABLES.find((known) => isMisspelt(name, known));
    if (meant === undefined) continue;
    throw new EarshotError('EARSHOT_BAD_OPTION', `Unknown variable ${name}: is ${meant} meant?`);
  }
}

function isMisspelt(name: string, known: string): boolean {
  const letters = known.length - PREFIX.length;
  return typosBetween(name, known) <= Math.min(MAX_TYPOS, Math.floor(letters / LETTERS_A_TYPO));
}

/** Letters to put in, take out or change to make one word of the other (Levenshtein). */
function typosBetween(one: string, other: string): number {
  let costs = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const next = [row + 1];
    for (let at = 1; at < costs.length; at++) {
      const changed = (costs[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      next.push(Math.min(changed, (costs[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    costs = next;
  }
  return costs.at(-1) ?? 0;
}
