import { type BigIntStats, closeSync, statSync, writeSync } from 'node:fs';
import { EarshotError } from '../errors.js';
import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import { FramesLog } from './frames-log.js';
import { openForWriting, WavWriter } from './wav.js';

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

/** The files of a replay; both are complete when it is disposed. */
export class Outputs implements Disposable {
  readonly #wav: WavWriter | undefined;
  readonly #frames: FramesLog | undefined;
  readonly #html: number | undefined;
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
      this.#html = htmlPath === undefined ? undefined : openForWriting(htmlPath);
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

  writePage(pieces: Iterable<string>): void {
    if (this.#html === undefined) return;
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#html, bytes, done);
    }
  }

  [Symbol.dispose](): void {
    this.#wav?.close();
    this.#frames?.close();
    if (this.#html !== undefined) closeSync(this.#html);
  }
}

/**
 * Throws when two paths are one file; a link to a file is that file.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function checkApart(taken: string | undefined, path: string | undefined): void {
  const [one, other] = [statOf(taken), statOf(path)];
  if (one === undefined || other === undefined) return;
  if (!one.isFile() || one.dev !== other.dev || one.ino !== other.ino) return;
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `Cannot write ${path}: it is the same file as ${taken}`,
  );
}

function statOf(path: string | undefined): BigIntStats | undefined {
  return path === undefined ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
}
