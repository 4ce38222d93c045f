import { closeSync, fstatSync, readSync } from 'node:fs';
import { openReadable } from '../capture/readable-file.js';
import { EarshotError } from '../errors.js';

export interface Wav {
  readonly sampleRateHz: number;
  readonly pcm: Int16Array;
}

const RIFF_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const BYTES_PER_SAMPLE = 2;
const BLOCK_SAMPLES = 1 << 15;

/**
 * A mono 16-bit PCM WAV file; every iteration reads its samples anew, in blocks of 64 KiB.
 */
export class WavReader implements Iterable<Int16Array> {
  readonly sampleRateHz: number;
  readonly samples: number;
  readonly #path: string;
  readonly #dataOffset: number;

  /** @throws {EarshotError} `EARSHOT_BAD_CAPTURE` when it is something else */
  constructor(path: string) {
    this.#path = path;
    const { file } = openReadable(path);
    try {
      const { sampleRateHz, dataOffset, dataBytes } = readHeader(file, path);
      this.sampleRateHz = sampleRateHz;
      this.samples = Math.floor(dataBytes / BYTES_PER_SAMPLE);
      this.#dataOffset = dataOffset;
    } finally {
      closeSync(file);
    }
  }

  *[Symbol.iterator](): Generator<Int16Array> {
    const { file } = openReadable(this.#path);
    try {
      for (let sample = 0; sample < this.samples; sample += BLOCK_SAMPLES) {
        const block = new Int16Array(Math.min(BLOCK_SAMPLES, this.samples - sample));
        const bytes = Buffer.from(block.buffer);
        const position = this.#dataOffset + sample * BYTES_PER_SAMPLE;
        const got = readSync(file, bytes, 0, bytes.length, position);
        yield block.subarray(0, Math.floor(got / BYTES_PER_SAMPLE));
      }
    } finally {
      closeSync(file);
    }
  }
}

/**
 * Reads a mono 16-bit PCM WAV file, whole.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE` when it is something else
 */
export function readWav(path: string): Wav {
  const reader = new WavReader(path);
  const pcm = new Int16Array(reader.samples);
  let at = 0;
  for (const block of reader) {
    pcm.set(block, at);
    at += block.length;
  }
  return { sampleRateHz: reader.sampleRateHz, pcm };
}

function readHeader(
  file: number,
  path: string,
): { sampleRateHz: number; dataOffset: number; dataBytes: number } {
  const sizeBytes = fstatSync(file).size;
  const read = (offset: number, length: number): Buffer => {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - offset)));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
  };
  const bad = (offset: number, what: string): EarshotError =>
    new EarshotError(
      'EARSHOT_BAD_CAPTURE',
      `${path}, byte ${offset}: ${what}; a mono 16-bit PCM WAV file is needed`,
    );
  const riff = read(0, RIFF_BYTES).toString('latin1');
  if (!riff.startsWith('RIFF') || riff.slice(8) !== 'WAVE') throw bad(0, 'not a WAV file');

  let sampleRateHz: number | undefined;
  for (let at = RIFF_BYTES; at + CHUNK_HEADER_BYTES <= sizeBytes; ) {
    const header = read(at, CHUNK_HEADER_BYTES);
    const id = header.toString('latin1', 0, 4);
    const length = header.readUInt32LE(4);
    const bodyOffset = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ') {
      const body = read(bodyOffset, Math.min(length, 16));
      if (body.length < 16) throw bad(at, 'a format chunk under 16 bytes');
      const [format, channels] = [body.readUInt16LE(0), body.readUInt16LE(2)];
      const bits = body.readUInt16LE(14);
      if (format !== 1 || channels !== 1 || bits !== 16) {
        throw bad(at, `format ${format}, ${channels} channels, ${bits} bits`);
      }
      sampleRateHz = body.readUInt32LE(4);
    } else if (id === 'data') {
      if (sampleRateHz === undefined) throw bad(at, 'samples before their format');
      const dataBytes = Math.min(length, sizeBytes - bodyOffset);
      return { sampleRateHz, dataOffset: bodyOffset, dataBytes };
    }
    at = bodyOffset + length + (length % 2);
  }
  throw bad(sizeBytes, 'no samples');
}
