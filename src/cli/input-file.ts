import { type Stats, statSync } from 'node:fs';
import { noRegularFile, unreadable } from '../capture/readable-file.js';

/**
 * Looks whether there is something to read.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, with its name, where there is not
 */
export function checkIsThere(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
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
  throw noRegularFile(path, status);
}
