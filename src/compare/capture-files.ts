import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openCapture } from '../capture/capture.js';
import { EarshotError } from '../errors.js';

export interface CaptureFiles {
  readonly captures: readonly string[];
  /** Files of the folders that are no capture by their first bytes. */
  readonly leftOut: readonly string[];
}

/** A folder may be the root of a disk. */
const MAX_DEPTH = 8;
const MAX_FILES = 10_000;

/**
 * The captures that paths stand for: of a folder, and of those in it, the files that begin like one, and WAV files with
 * `with-wav`. Files that are named themselves are taken as they are; links in folders are not followed.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` for a folder without captures; `EARSHOT_LIMIT_REACHED` for one with more than
 *   10000 files; what the system says of a path that is not there
 */
export function captureFiles(
  paths: readonly string[],
  wav: 'with-wav' | 'without-wav',
): CaptureFiles {
  const captures: string[] = [];
  const leftOut: string[] = [];
  for (const path of paths) {
    if (!statSync(path).isDirectory()) {
      captures.push(path);
      continue;
    }
    const before = captures.length;
    let files = 0;
    for (const file of filesIn(path, MAX_DEPTH)) {
      if (++files > MAX_FILES) {
        throw new EarshotError('EARSHOT_LIMIT_REACHED', `${path}: more than ${MAX_FILES} files`);
      }
      const isTaken = /\.wav$/i.test(file) ? wav === 'with-wav' : isCapture(file);
      (isTaken ? captures : leftOut).push(file);
    }
    if (captures.length === before) {
      throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: no captures in this folder`);
    }
  }
  return { captures, leftOut };
}

function* filesIn(folder: string, depth: number): Generator<string> {
  const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort(byName)) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && depth > 0) yield* filesIn(path, depth - 1);
  }
}

function isCapture(path: string): boolean {
  try {
    openCapture(path);
    return true;
  } catch (error) {
    if (error instanceof EarshotError) return false;
    throw error;
  }
}
