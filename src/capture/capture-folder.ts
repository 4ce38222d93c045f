import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../errors.js';
import { badCapture } from './byte-cursor.js';
import { openCapture } from './capture.js';

/** The captures under a path. */
export interface CaptureFolder {
  readonly isFolder: boolean;
  /** In the order of their paths' characters, which is the same everywhere. */
  readonly files: readonly string[];
  /** Files that are no captures, and why in one line that begins with the path. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

const MAX_DEPTH = 8;
const MAX_FILES = 10_000;

/**
 * The captures of a folder and of the folders in it; a file stands for itself, whatever it is.
 *
 * Hidden files and links are not looked into.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` when the path cannot be read or holds too many files
 */
export function capturesIn(path: string): CaptureFolder {
  if (!isFolder(path)) return { isFolder: false, files: [path], leftOut: [] };
  const files: string[] = [];
  const leftOut: { file: string; reason: string }[] = [];
  for (const file of filesUnder(path, 0)) {
    if (files.length + leftOut.length >= MAX_FILES) {
      throw badCapture(path, 0, `over ${MAX_FILES} files`);
    }
    const reason = whyNoCapture(file);
    if (reason === undefined) files.push(file);
    else leftOut.push({ file, reason });
  }
  return { isFolder: true, files, leftOut };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw badCapture(path, 0, `cannot be read: ${message}`, cause);
  }
}

function* filesUnder(folder: string, depth: number): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < MAX_DEPTH) yield* filesUnder(path, depth + 1);
    else if (!entry.isDirectory()) yield path;
  }
}

function whyNoCapture(file: string): string | undefined {
  try {
    openCapture(file);
    return undefined;
  } catch (error) {
    if (error instanceof EarshotError) return error.message;
    throw error;
  }
}
