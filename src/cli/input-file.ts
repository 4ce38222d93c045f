import { statSync } from 'node:fs';
import { EarshotError } from '../errors.js';

/**
 * Looks at a file before it is read: of a folder the system says only that it cannot be read, and a pipe is waited for.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, with its name, for what is no regular file; the system's error for none at all
 */
export function checkIsFile(path: string): void {
  const status = statSync(path);
  if (status.isFile()) return;
  const what = status.isDirectory() ? 'is a folder' : 'is no regular file';
  throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: ${what}; one file is taken here`);
}
