import { lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EarshotError } from '../errors.js';
import { badCapture } from './byte-cursor.js';
import { openCapture } from './capture.js';
import { unreadable } from './readable-file.js';

/** The captures under a path. */
export interface CaptureFolder {
  readonly isFolder: boolean;
  /** In the order of their paths' characters, which is the same everywhere. */
  readonly files: readonly string[];
  /** What is no capture or not looked into, and why in one line that begins with the path. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

const MAX_DEPTH = 8;
const MAX_FILES = 10_000;

/**
 * The captures of a folder and of the folders in it; a file stands for itself, whatever it is.
 *
 * Hidden files and folders, and links, are not looked into.
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
    throw unreadable(path, cause);
  }
}

function* filesUnder(folder: string, depth: number): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isEntered = entry.isDirectory() && !isHidden(path) && depth < MAX_DEPTH;
    if (isEntered) yield* filesUnder(path, depth + 1);
    else yield path;
  }
}

function isHidden(path: string): boolean {
  return basename(path).startsWith('.');
}

function whyNoCapture(file: string): string | undefined {
  if (isHidden(file)) return `${file}: hidden, not looked into`;
  const status = lstatSync(file);
  if (status.isSymbolicLink()) return `${file}: a link, not followed`;
  if (status.isDirectory()) return `${file}: over ${MAX_DEPTH} folders deep, not looked into`;
  try {
    openCapture(file);
    return undefined;
  } catch (error) {
    if (error instanceof EarshotError) return error.message;
    throw error;
  }
}
