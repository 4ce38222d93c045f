import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EarshotError } from '../errors.js';
import { codeOf, messageOf, named } from '../system-error.js';

/** What the system's codes mean to who named the file. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'what it lies in is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'it is not permitted',
  EPERM: 'it is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device (ENOSPC); free some, or name another place',
  EDQUOT: 'the quota is used up (EDQUOT); free some space, or name another place',
  EFBIG: 'it became too large for the file system (EFBIG); name another place',
  ESPIPE:
    'it is a pipe or a terminal, and a WAV takes a file: repairs go back in it, and its length stands at its start',
  ENXIO: 'it is a socket, or a device that is not there',
  EPIPE: 'who read it has closed it (EPIPE)',
};
/** Names of devices and of this process's own streams: what stands behind them cannot be replaced. */
const UNREPLACEABLE = /^\/(dev|proc)\//;

let unfinished = 0;

/**
 * Whether a file is written beside its place and put there when it is complete: all but pipes, devices, and the like.
 */
export function isWrittenAside(path: string): boolean {
  return isReplaceable(path, statOf(path));
}

/**
 * A file that appears whole or not at all: until it is complete, what was there before stays. Pipes and devices get their
 * bytes at once.
 */
export class OutputFile implements Disposable {
  /** As it was named. */
  readonly path: string;
  /** Where it will be, behind links. */
  readonly #place: string;
  /** What is written meanwhile; undefined where that is the file itself. */
  readonly #aside: string | undefined;
  #file: number | undefined;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` when it cannot be written */
  constructor(path: string) {
    this.path = path;
    try {
      const status = statOf(path);
      this.#place = status === undefined ? path : realpathSync(path);
      const aside = isReplaceable(path, status) ? openAside(this.#place, status) : undefined;
      this.#aside = aside?.path;
      this.#file = aside?.file ?? openSync(path, 'w');
    } catch (cause) {
      throw new EarshotError('EARSHOT_BAD_OPTION', refusal(path, cause), { cause });
    }
  }

  /**
   * @param position - where it can be put there; else it goes behind what was written so far
   * @throws {EarshotError} `EARSHOT_WRITE_FAILED`
   */
  write(bytes: Uint8Array, position?: number): void {
    if (this.#file === undefined)
      throw new EarshotError('EARSHOT_CLOSED', `${this.path} is closed`);
    try {
      for (let done = 0; done < bytes.length; ) {
        const place = position === undefined ? null : position + done;
        done += writeSync(this.#file, bytes, done, bytes.length - done, place);
      }
    } catch (cause) {
      throw new EarshotError('EARSHOT_WRITE_FAILED', refusal(this.path, cause), { cause });
    }
  }

  /**
   * Puts the file in its place.
   *
   * @throws {EarshotError} `EARSHOT_WRITE_FAILED`
   */
  complete(): void {
    if (this.#file === undefined) return;
    try {
      closeSync(this.#file);
      this.#file = undefined;
      if (this.#aside !== undefined) renameSync(this.#aside, this.#place);
    } catch (cause) {
      if (this.#aside !== undefined) rmSync(this.#aside, { force: true });
      throw new EarshotError('EARSHOT_WRITE_FAILED', refusal(this.path, cause), { cause });
    }
  }

  /** Takes away what is not complete. */
  [Symbol.dispose](): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    if (this.#aside !== undefined) rmSync(this.#aside, { force: true });
  }
}

/** Opens a file in the same folder, so that it can be renamed; undefined where only the file itself may be written. */
function openAside(
  place: string,
  status: Stats | undefined,
): { readonly path: string; readonly file: number } | undefined {
  if (status !== undefined) accessSync(place, constants.W_OK);
  for (;;) {
    const path = join(dirname(place), `.earshot-${process.pid}-${unfinished++}.part`);
    try {
      const file = openSync(path, 'wx');
      if (status !== undefined) fchmodSync(file, status.mode & 0o777);
      return { path, file };
    } catch (error) {
      const code = codeOf(error);
      // Left by a process of the same number, which was killed.
      if (code === 'EEXIST') continue;
      if (status !== undefined && (code === 'EACCES' || code === 'EPERM')) return undefined;
      throw error;
    }
  }
}

function isReplaceable(path: string, status: Stats | undefined): boolean {
  if (UNREPLACEABLE.test(resolve(path))) return false;
  return status === undefined || status.isFile();
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function refusal(path: string, cause: unknown): string {
  return `Cannot write ${named(path)}: ${REASONS[codeOf(cause)] ?? messageOf(cause)}`;
}
