import { closeSync, openSync, writeSync } from 'node:fs';
import { EarshotError } from '../errors.js';

const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;
const PENDING_SAMPLES = 1 << 15;
/** A RIFF file counts its bytes in 32 bits. */
const MAX_SAMPLES = (2 ** 32 - HEADER_BYTES) / BYTES_PER_SAMPLE;

/**
 * Writes mono 16-bit PCM to a WAV file as it comes; a later write to the same place replaces what was there.
 *
 * Holds 64 KiB, whatever the length. Places never written are zero.
 */
export class WavWriter {
  readonly #file: number;
  readonly #sampleRateHz: number;
  readonly #pending = new Int16Array(PENDING_SAMPLES);
  #pendingStart = 0;
  #pendingLength = 0;
  #samples = 0;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` when the file cannot be written */
  constructor(path: string, sampleRateHz: number) {
    this.#file = openForWriting(path);
    this.#sampleRateHz = sampleRateHz;
  }

  /**
   * Puts `pcm` at sample `position`; what lies before sample 0 is left out.
   *
   * @throws {EarshotError} `EARSHOT_LIMIT_REACHED` beyond what a WAV file can hold, 2^31 samples
   */
  write(position: number, pcm: Int16Array): void {
    const cut = Math.max(0, -position);
    let from = position + cut;
    let rest = pcm.subarray(cut);
    if (from + rest.length > MAX_SAMPLES) {
      throw new EarshotError(
        'EARSHOT_LIMIT_REACHED',
        `A WAV file holds ${MAX_SAMPLES} samples at most`,
      );
    }
    while (rest.length > 0) {
      if (
        from !== this.#pendingStart + this.#pendingLength ||
        this.#pendingLength === PENDING_SAMPLES
      ) {
        this.#flush();
        this.#pendingStart = from;
      }
      const part = rest.subarray(0, PENDING_SAMPLES - this.#pendingLength);
      this.#pending.set(part, this.#pendingLength);
      this.#pendingLength += part.length;
      from += part.length;
      rest = rest.subarray(part.length);
    }
    this.#samples = Math.max(this.#samples, from);
  }

  /** Completes the file. */
  close(): void {
    this.#flush();
    writeAt(this.#file, wavHeader(this.#samples, this.#sampleRateHz), 0);
    closeSync(this.#file);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending.buffer, 0, this.#pendingLength * BYTES_PER_SAMPLE);
    writeAt(this.#file, bytes, HEADER_BYTES + this.#pendingStart * BYTES_PER_SAMPLE);
    this.#pendingLength = 0;
  }
}

function wavHeader(samples: number, sampleRateHz: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const dataBytes = samples * BYTES_PER_SAMPLE;
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
export function openForWriting(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EarshotError('EARSHOT_BAD_OPTION', `Cannot write ${path}: ${why}`, { cause });
  }
}

function writeAt(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}
