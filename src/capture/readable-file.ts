import { openSync, type Stats, statSync } from 'node:fs';
import { EarshotError } from '../errors.js';
import { codeOf, messageOf, named } from '../system-error.js';

/** A file that is open for reading. */
export interface ReadableFile {
  readonly file: number;
  readonly sizeBytes: number;
}

/** What the system's codes mean to who named the file. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
};

/**
 * Opens one regular file: of a folder the system says only that it cannot be read, and a pipe would be waited for.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, with its name and what is wrong with it
 */
export function openReadable(path: string): ReadableFile {
  try {
    const status = statSync(path);
    if (!status.isFile()) throw noRegularFile(path, status);
    return { file: openSync(path, 'r'), sizeBytes: status.size };
  } catch (cause) {
    throw cause instanceof EarshotError ? cause : unreadable(path, cause);
  }
}

/** Why a path could not be looked at. */
export function unreadable(path: string, cause: unknown): EarshotError {
  const reason = REASONS[codeOf(cause)] ?? `cannot be read: ${messageOf(cause)}`;
  return new EarshotError('EARSHOT_BAD_CAPTURE', `${named(path)}: ${reason}`, { cause });
}

/** What stands in place of a file. */
export function noRegularFile(path: string, status: Stats): EarshotError {
  const what = status.isDirectory()
    ? 'is a folder; one file is taken here'
    : status.isFIFO()
      ? 'is a pipe; write it to a file first'
      : 'is no regular file; one file is taken here';
  return new EarshotError('EARSHOT_BAD_CAPTURE', `${named(path)}: ${what}`);
}
