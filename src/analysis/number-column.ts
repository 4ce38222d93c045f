type NumberArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

const BLOCK_LENGTH = 1 << 16;

/** Numbers of one width that grow without being copied: blocks of 65536. */
export class NumberColumn {
  readonly #Block: new (
    length: number,
  ) => NumberArray;
  readonly #blocks: NumberArray[] = [];
  /** The last of them. */
  #tail: NumberArray | undefined;
  #length = 0;

  constructor(Block: new (length: number) => NumberArray) {
    this.#Block = Block;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const index = this.#length % BLOCK_LENGTH;
    if (this.#tail === undefined || index === 0) {
      this.#tail = new this.#Block(BLOCK_LENGTH);
      this.#blocks.push(this.#tail);
    }
    this.#tail[index] = value;
    this.#length++;
  }

  /** @param index - 0..length-1 */
  at(index: number): number {
    return this.#blocks[index >>> 16]?.[index & (BLOCK_LENGTH - 1)] ?? Number.NaN;
  }
}
