import { lstatSync } from 'node:fs';
import { basename } from 'node:path';
import { capturesIn } from '../capture/capture-folder.js';
import { EarshotError } from '../errors.js';

export interface CaptureFiles {
  readonly captures: readonly string[];
  /** Why files of the folders are none of them, a line each that begins with the path. */
  readonly leftOut: readonly string[];
}

/**
 * The captures that paths stand for: a file for itself, a folder as `capturesIn` looks into it, for its WAV files too with
 * `with-wav`.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` for a folder without captures, and as `capturesIn`
 */
export function captureFiles(
  paths: readonly string[],
  wav: 'with-wav' | 'without-wav',
): CaptureFiles {
  const captures: string[] = [];
  const leftOut: string[] = [];
  for (const path of paths) {
    const folder = capturesIn(path);
    const isTaken = ({ file }: { file: string }): boolean => wav === 'with-wav' && isWav(file);
    const found = [...folder.files, ...folder.leftOut.filter(isTaken).map(({ file }) => file)];
    if (found.length === 0) {
      throw new EarshotError('EARSHOT_BAD_CAPTURE', `${path}: no captures in this folder`);
    }
    captures.push(...found.sort());
    leftOut.push(...folder.leftOut.filter((one) => !isTaken(one)).map(({ reason }) => reason));
  }
  return { captures, leftOut };
}

function isWav(path: string): boolean {
  return /\.wav$/i.test(path) && !basename(path).startsWith('.') && lstatSync(path).isFile();
}
