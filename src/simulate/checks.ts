import { checkNames, EarshotError } from '../errors.js';

/**
 * Throws unless a part of some settings is an object with no names but the given ones.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function checkPart(name: string, part: unknown, names: readonly string[]): void {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected ${name} to be an object with ${names.join(', ')}`,
    );
  }
  checkNames(name, part, names);
}

/**
 * Throws unless a part of some settings is a list of at most `maxLength`.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function checkList(name: string, list: unknown, maxLength: number): void {
  if (Array.isArray(list) && list.length <= maxLength) return;
  const found = Array.isArray(list) ? `${list.length} entries` : typeof list;
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `Expected ${name} to be a list of ${maxLength} entries at most, got ${found}`,
  );
}
