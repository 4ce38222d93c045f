import { type ByteSource, badCapture } from './byte-cursor.js';
import { NO_LEAD, NONE, PacketBatch, PacketColumns } from './packet-columns.js';
import type { PacketSupply } from './packet-cursor.js';

/** Most packets that are remembered, nearly six hours of 20 ms frames: 60 MiB. */
const MAX_PACKETS = 1 << 20;
const BLOCK_PACKETS = 1 << 12;
/** Read at a time, unless a single packet is longer. */
const WINDOW_BYTES = 1 << 16;

/**
 * Where the RTP packets of a capture lie in its file, front to back, and what their headers told, so that a second pass
 * need neither look for them nor into them.
 */
export class RememberedPackets {
  readonly #blocks: PacketColumns[] = [];
  #length = 0;

  /**
   * Takes the next packets of a pass.
   *
   * @returns whether it could: not where the file does not hold their bytes as they are, nor where they are too many
   */
  add({ columns }: PacketBatch): boolean {
    const { length } = columns;
    if (this.#length + length > MAX_PACKETS) return false;
    for (let at = 0; at < length; at++) {
      if (columns.leads[at] === NO_LEAD || columns.payloadBytes[at] !== NONE) return false;
    }
    this.#length += length;
    for (let at = 0; at < length; ) {
      let block = this.#blocks.at(-1);
      if (block === undefined || block.length === BLOCK_PACKETS) {
        block = new PacketColumns(BLOCK_PACKETS);
        this.#blocks.push(block);
      }
      const end = Math.min(length, at + BLOCK_PACKETS - block.length);
      block.append(columns, at, end);
      at = end;
    }
    return true;
  }

  /** The packets as they were added, their bytes read anew. */
  read(source: ByteSource): PacketSupply {
    return new RememberedPass(this.#blocks, source);
  }
}

class RememberedPass implements PacketSupply {
  readonly #blocks: readonly PacketColumns[];
  readonly #source: ByteSource;
  #block = 0;
  #row = 0;

  constructor(blocks: readonly PacketColumns[], source: ByteSource) {
    this.#blocks = blocks;
    this.#source = source;
  }

  fill(batch: PacketBatch): boolean {
    const block = this.#blocks[this.#block];
    if (block === undefined) {
      this.close();
      return false;
    }
    const first = this.#row;
    const startOffset = startOf(block, first);
    const wanted = this.#endOfWindow(block, first);
    const bytes = this.#read(startOffset, endOf(block, wanted - 1) - startOffset);
    const end = this.#endOfWhole(block, first, wanted, startOffset + bytes.length);
    batch.begin(bytes);
    for (let row = first; row < end; row++) {
      batch.starts[row - first] = startOf(block, row) - startOffset;
    }
    batch.columns.append(block, first, end);
    this.#row = end;
    if (end === block.length) {
      this.#block++;
      this.#row = 0;
    }
    return true;
  }

  close(): void {
    this.#source.close();
  }

  /** The row behind the last whose packet lies in a window that begins at `first`. */
  #endOfWindow(block: PacketColumns, first: number): number {
    const windowEnd = startOf(block, first) + WINDOW_BYTES;
    const most = Math.min(block.length, first + PacketBatch.CAPACITY);
    let row = first + 1;
    while (row < most && endOf(block, row) <= windowEnd) row++;
    return row;
  }

  #read(offset: number, length: number): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#source.read(offset, length);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** The row behind the last whose packet is whole where the file may have been cut meanwhile. */
  #endOfWhole(block: PacketColumns, first: number, wanted: number, fileEnd: number): number {
    let end = wanted;
    while (end > first && endOf(block, end - 1) > fileEnd) end--;
    if (end > first) return end;
    const left = Math.max(0, fileEnd - startOf(block, first));
    throw badCapture(
      this.#source.name,
      startOf(block, first),
      `a packet needs ${block.lengths[first]} bytes, ${left} are left: the file was cut meanwhile`,
    );
  }
}

function startOf(block: PacketColumns, row: number): number {
  return (block.offsets[row] as number) + (block.leads[row] as number);
}

function endOf(block: PacketColumns, row: number): number {
  return startOf(block, row) + (block.lengths[row] as number);
}
