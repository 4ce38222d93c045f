import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import { OutputFile } from './output-file.js';

const PENDING_CHARS = 1 << 16;
const PLAYED_US = 10_000;
const US_PER_TICK = 1_000_000 / TICKS_PER_SECOND;

/** One line of the log: a frame as it was handed out, without its samples. */
export interface FrameLine {
  /** When it was handed out, µs on the capture's clock. */
  readonly atUs: number;
  /** Media position of its first sample, 48 kHz ticks. */
  readonly ts: number;
  readonly durUs: number;
  readonly from: AudioFrame['provenance'];
  readonly version: number;
}

export function frameLine(frame: AudioFrame): FrameLine {
  return {
    atUs: frame.finalisedUs,
    ts: frame.mediaTicks,
    durUs: Math.round(frame.durationTicks * US_PER_TICK),
    from: frame.provenance,
    version: frame.version,
  };
}

/** Writes frames as newline-delimited JSON, in the order they were handed out. */
export class FramesLog implements Disposable {
  readonly #file: OutputFile;
  #pending = '';

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` when the file cannot be written */
  constructor(path: string) {
    this.#file = new OutputFile(path);
  }

  add(frame: AudioFrame): void {
    this.#write(frameLine(frame));
  }

  addPlayed(frame: PlayoutFrame, atUs: number): void {
    this.#write({
      atUs,
      ts: frame.mediaTicks,
      durUs: PLAYED_US,
      from: frame.provenance,
      version: 0,
    });
  }

  #write(line: FrameLine): void {
    this.#pending += `${JSON.stringify(line)}\n`;
    if (this.#pending.length >= PENDING_CHARS) this.finish();
  }

  /**
   * Writes what is still held; the file is not in its place yet.
   *
   * @throws {EarshotError} `EARSHOT_WRITE_FAILED`
   */
  finish(): void {
    this.#file.write(Buffer.from(this.#pending, 'latin1'));
    this.#pending = '';
  }

  /** Puts the finished file in its place. */
  complete(): void {
    this.#file.complete();
  }

  /** Takes away what is not complete. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
