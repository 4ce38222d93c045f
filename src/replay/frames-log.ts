import { closeSync, writeSync } from 'node:fs';
import { type AudioFrame, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { PlayoutFrame } from '../receiver/playout-frame.js';
import { openForWriting } from './wav.js';

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
export class FramesLog {
  readonly #file: number;
  #pending = '';

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` when the file cannot be written */
  constructor(path: string) {
    this.#file = openForWriting(path);
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
    if (this.#pending.length >= PENDING_CHARS) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending, 'latin1');
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    this.#pending = '';
  }
}
