import { closeSync, readSync } from 'node:fs';
import { EarshotError } from '../errors.js';
import { openReadable } from './readable-file.js';

/** Longest record of a capture that is taken into memory, bytes: four times tcpdump's largest snap length. */
export const MAX_RECORD_BYTES: number = 1 << 20;
const WINDOW_BYTES = 1 << 16;
/** A UDP payload of the largest size in hexadecimal, and what stands before it. */
const MAX_LINE_BYTES = (1 << 17) + 4096;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The bytes of a capture, wherever they are. */
export interface ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  /** Bytes `[offset, offset + length)`; fewer when the source has shrunk. They stay as they are. */
  read(offset: number, length: number): Buffer;
  /** Fills `memory` with the bytes from `offset` on, and returns how many there were. */
  readInto(memory: Uint8Array, offset: number): number;
  /** Does nothing where it is closed already. */
  close(): void;
}

export function badCapture(
  name: string,
  offset: number,
  what: string,
  cause?: unknown,
): EarshotError {
  const message = `${name}, byte ${offset}: ${what}`;
  return new EarshotError('EARSHOT_BAD_CAPTURE', message, cause === undefined ? {} : { cause });
}

/** The capture ends inside a record: what came before it is sound. */
export class CutShort extends EarshotError {
  readonly offset: number;

  constructor(name: string, offset: number, what: string) {
    super('EARSHOT_BAD_CAPTURE', `${name}, byte ${offset}: ${what}`);
    this.offset = offset;
  }
}

/** @throws {EarshotError} `EARSHOT_BAD_CAPTURE` when the file cannot be read */
export function openFileSource(path: string): ByteSource {
  const { file, sizeBytes } = openReadable(path);
  let isOpen = true;
  return {
    name: path,
    sizeBytes,
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    },
    readInto: (memory, offset) => readSync(file, memory, 0, memory.length, offset),
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

export function openBytesSource(bytes: Uint8Array, name: string): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    name,
    sizeBytes: buffer.length,
    read: (offset, length) => buffer.subarray(offset, offset + length),
    readInto: (memory, offset) => buffer.copy(memory, 0, offset),
    close: () => {},
  };
}

/**
 * Reads a source front to back through a window of bounded size.
 *
 * A length found in a file is compared with what the file still holds before anything is done with it.
 */
export class ByteCursor {
  readonly #source: ByteSource;
  #window: Buffer = Buffer.alloc(0);
  #bytes: Uint8Array = this.#window;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  #offset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get offset(): number {
    return this.#offset;
  }

  /** What was read of the source last; it stays valid for as long as it is held. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** `bytes` for reading numbers. */
  get view(): DataView {
    return this.#view;
  }

  get remainingBytes(): number {
    return this.#source.sizeBytes - this.#offset;
  }

  /** The error to throw about the bytes at `offset`. */
  bad(offset: number, what: string): EarshotError {
    return badCapture(this.#source.name, offset, what);
  }

  /** The error to throw when a record that begins at `offset` was never written to its end. */
  cutShort(offset: number, what: string): CutShort {
    return new CutShort(this.#source.name, offset, what);
  }

  /** The next bytes, without moving on. They stay valid for as long as they are held. */
  peek(length: number, what: string): Buffer {
    const at = this.hold(length, what);
    return this.#window.subarray(at, at + length);
  }

  /**
   * Brings the next bytes into `bytes` and `view`, without moving on, and returns where they begin there: neither numbers
   * nor records need a buffer of their own for each.
   */
  hold(length: number, what: string): number {
    // Before it is held against what is left: no capture was cut in the middle of such a record.
    if (length > MAX_RECORD_BYTES) {
      throw this.bad(this.#offset, `${what} claims ${length} bytes, over ${MAX_RECORD_BYTES}`);
    }
    this.#require(length, what);
    if (this.#offset + length > this.#windowStart + this.#window.length) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.remainingBytes);
      this.#window = this.#source.read(this.#offset, wanted);
      const { buffer, byteOffset, byteLength } = this.#window;
      this.#bytes = new Uint8Array(buffer, byteOffset, byteLength);
      this.#view = new DataView(buffer, byteOffset, byteLength);
      this.#windowStart = this.#offset;
      if (this.#window.length < length)
        throw this.bad(this.#offset, 'the file became shorter while being read');
    }
    return this.#offset - this.#windowStart;
  }

  /** As `hold`, and moves on. */
  takeBytes(length: number, what: string): number {
    const at = this.hold(length, what);
    this.#offset += length;
    return at;
  }

  take(length: number, what: string): Buffer {
    const bytes = this.peek(length, what);
    this.#offset += length;
    return bytes;
  }

  /**
   * The next line of a text, its end left out; `undefined` behind the last one.
   *
   * @throws {CutShort} for a last line without its end, and `EARSHOT_BAD_CAPTURE` for one longer than `MAX_LINE_BYTES`
   */
  takeLine(): string | undefined {
    if (this.remainingBytes === 0) return undefined;
    // Lines are short as a rule: little is looked at first, so that the window serves many of them.
    for (let length = 256; ; length *= 8) {
      const bytes = this.peek(Math.min(length, MAX_LINE_BYTES, this.remainingBytes), 'a line');
      const end = bytes.indexOf(LINE_FEED);
      if (end >= 0) {
        this.#offset += end + 1;
        return bytes.toString('latin1', 0, bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
      }
      if (bytes.length === this.remainingBytes)
        throw this.cutShort(this.#offset, 'a line without its end: the file is cut short');
      if (bytes.length === MAX_LINE_BYTES)
        throw this.bad(this.#offset, `a line of more than ${MAX_LINE_BYTES} bytes`);
    }
  }

  skip(length: number, what: string): void {
    this.#require(length, what);
    this.#offset += length;
  }

  #require(length: number, what: string): void {
    if (length <= this.remainingBytes) return;
    const left = this.remainingBytes;
    throw this.cutShort(
      this.#offset,
      `${what} needs ${length} bytes, ${left} are left: the file is cut short or damaged`,
    );
  }
}
