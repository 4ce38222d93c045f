import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openCapture } from '../capture/capture.js';
import { EarshotError } from '../errors.js';

export interface CaptureFiles {
  readonly captures: readonly string[];
  /** Files of the folders that are no capture by their first bytes. */
  readonly leftOut: readonly string[];
}

/**
 * The captures that paths stand for: of a folder those of its files that begin like one, and WAV files with
 * `withWav`. Files that are named themselves are taken as they are.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` for a folder without captures; what the system says of a path that is not
 *   there
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
    for (const name of readdirSync(path).sort()) {
      const file = join(path, name);
      if (!statSync(file).isFile()) continue;
      const isWav = /\.wav$/i.test(name);
      const isTaken = isWav ? wav === 'with-wav' : isCapture(file);
      (isTaken ? captures : leftOut).push(file);
    }
    if (captures.length === before) {
      throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: no captures in this folder`);
    }
  }
  return { captures, leftOut };
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
