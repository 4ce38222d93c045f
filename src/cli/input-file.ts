import { type Stats, statSync } from 'node:fs';
import { EarshotError } from '../errors.js';

/**
 * Looks whether there is something to read.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, with its name, where there is not
 */
export function checkIsThere(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = isMissing ? 'no such file or folder' : String(cause);
    throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path === '' ? '""' : path}: ${why}`, {
      cause,
    });
  }
}

/**
 * The same for one file: of a folder the system says only that it cannot be read, and a pipe is waited for.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, with its name, for what is no regular file
 */
export function checkIsFile(path: string): void {
  const status = checkIsThere(path);
  if (status.isFile()) return;
  const what = status.isDirectory() ? 'is a folder' : 'is no regular file';
  throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: ${what}; one file is taken here`);
}
