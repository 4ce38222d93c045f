import { type BigIntStats, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EarshotError } from '../errors.js';
import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import { FramesLog } from './frames-log.js';
import { OutputFile } from './output-file.js';
import { WavWriter } from './wav.js';

/** Where a replay writes. */
export interface OutputPaths {
  /**
   * Writes mono 16-bit PCM here: sample k is media position k from the first packet, repairs applied; in mode `playout`
   * it is what was heard, one 10 ms after the other.
   */
  readonly wavPath?: string;
  /** Writes a JSON line per frame here (`FrameLine`). */
  readonly framesPath?: string;
  /** Writes the report here as one HTML page that needs no network, with the sound of the call in it. */
  readonly htmlPath?: string;
}

/** The files of a replay; they appear when all of them are complete, or not at all. */
export class Outputs implements Disposable {
  readonly #wav: WavWriter | undefined;
  readonly #frames: FramesLog | undefined;
  readonly #html: OutputFile | undefined;
  readonly #ticksPerSample: number;
  #playedSamples = 0;

  /**
   * @param captureName - path of the capture, which is never written over
   * @throws {EarshotError} `EARSHOT_BAD_OPTION` when a file cannot be written or is one of the others
   */
  constructor(captureName: string, paths: OutputPaths, sampleRateHz: number) {
    const { wavPath, framesPath, htmlPath } = paths;
    this.#ticksPerSample = TICKS_PER_SECOND / sampleRateHz;
    for (const path of [wavPath, framesPath, htmlPath]) checkApart(captureName, path);
    try {
      this.#wav = wavPath === undefined ? undefined : new WavWriter(wavPath, sampleRateHz);
      checkApart(wavPath, framesPath);
      this.#frames = framesPath === undefined ? undefined : new FramesLog(framesPath);
      checkApart(wavPath, htmlPath);
      checkApart(framesPath, htmlPath);
      this.#html = htmlPath === undefined ? undefined : new OutputFile(htmlPath);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  add(frame: AudioFrame): void {
    this.#wav?.write(Math.round(frame.mediaTicks / this.#ticksPerSample), frame.pcm);
    this.#frames?.add(frame);
  }

  addPlayed(frame: PlayoutFrame, atUs: number): void {
    this.#wav?.write(this.#playedSamples, frame.pcm);
    this.#playedSamples += frame.pcm.length;
    this.#frames?.addPlayed(frame, atUs);
  }

  /** @throws {EarshotError} `EARSHOT_WRITE_FAILED` */
  writePage(pieces: Iterable<string>): void {
    for (const piece of pieces) this.#html?.write(Buffer.from(piece));
  }

  /**
   * Puts the files in their places.
   *
   * @throws {EarshotError} `EARSHOT_WRITE_FAILED`, before any of them is there where a disk is full
   */
  complete(): void {
    this.#wav?.finish();
    this.#frames?.finish();
    for (const output of [this.#wav, this.#frames, this.#html]) output?.complete();
  }

  /** Takes away what is not complete. */
  [Symbol.dispose](): void {
    for (const output of [this.#wav, this.#frames, this.#html]) output?.[Symbol.dispose]();
  }
}

/**
 * Throws when two paths are one file; a link to a file is that file.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function checkApart(taken: string | undefined, path: string | undefined): void {
  if (taken === undefined || path === undefined || !isSame(taken, path)) return;
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `Cannot write ${path}: it is the same file as ${taken}`,
  );
}

function isSame(path: string, otherPath: string): boolean {
  const [one, other] = [statOf(path), statOf(otherPath)];
  // Neither is there yet.
  if (one === undefined && other === undefined) {
    const place = placeOf(path);
    return place !== undefined && place === placeOf(otherPath);
  }
  return one?.isFile() === true && one.dev === other?.dev && one.ino === other.ino;
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Where a file would be; undefined where its folder is not there. */
function placeOf(path: string): string | undefined {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return undefined;
  }
}
