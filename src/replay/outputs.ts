import { type BigIntStats, statSync } from 'node:fs';
import { EarshotError } from '../errors.js';
import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import { FramesLog } from './frames-log.js';
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
}

/** The files of a replay; both are complete when it is disposed. */
export class Outputs implements Disposable {
  readonly #wav: WavWriter | undefined;
  readonly #frames: FramesLog | undefined;
  readonly #ticksPerSample: number;
  #playedSamples = 0;

  /**
   * @param captureName - path of the capture, which is never written over
   * @throws {EarshotError} `EARSHOT_BAD_OPTION` when a file cannot be written or is one of the others
   */
  constructor(captureName: string, { wavPath, framesPath }: OutputPaths, sampleRateHz: number) {
    this.#ticksPerSample = TICKS_PER_SECOND / sampleRateHz;
    checkApart(captureName, wavPath);
    checkApart(captureName, framesPath);
    this.#wav = wavPath === undefined ? undefined : new WavWriter(wavPath, sampleRateHz);
    try {
      checkApart(wavPath, framesPath);
      this.#frames = framesPath === undefined ? undefined : new FramesLog(framesPath);
    } catch (error) {
      this.#wav?.close();
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

  [Symbol.dispose](): void {
    this.#wav?.close();
    this.#frames?.close();
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
