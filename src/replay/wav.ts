import { EarshotError } from '../errors.js';
import { OutputFile } from './output-file.js';

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
export class WavWriter implements Disposable {
  readonly #file: OutputFile;
  readonly #sampleRateHz: number;
  readonly #pending = new Int16Array(PENDING_SAMPLES);
  #pendingStart = 0;
  #pendingLength = 0;
  #samples = 0;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` when the file cannot be written; `EARSHOT_WRITE_FAILED` for a pipe */
  constructor(path: string, sampleRateHz: number) {
    this.#file = new OutputFile(path);
    this.#sampleRateHz = sampleRateHz;
    try {
      // At once, so that a pipe or a full disk is told of before the work.
      this.#file.write(wavHeader(0, sampleRateHz), 0);
    } catch (error) {
      this.#file[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Puts `pcm` at sample `position`; what lies before sample 0 is left out.
   *
   * @throws {EarshotError} `EARSHOT_LIMIT_REACHED` beyond what a WAV file can hold, 2^31 samples; `EARSHOT_WRITE_FAILED`
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

  /**
   * Writes what is still held, and the header; the file is not in its place yet.
   *
   * @throws {EarshotError} `EARSHOT_WRITE_FAILED`
   */
  finish(): void {
    this.#flush();
    this.#file.write(wavHeader(this.#samples, this.#sampleRateHz), 0);
  }

  /** Puts the finished file in its place. */
  complete(): void {
    this.#file.complete();
  }

  /** Takes away what is not complete. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending.buffer, 0, this.#pendingLength * BYTES_PER_SAMPLE);
    this.#file.write(bytes, HEADER_BYTES + this.#pendingStart * BYTES_PER_SAMPLE);
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
