import { GRID_TICKS, PROVENANCES, type Provenance, TICKS_PER_MS } from '../receiver/audio-frame.js';

/** A stretch of one kind. */
export interface CellRun<Kind> {
  readonly kind: Kind;
  readonly startMs: number;
  readonly durationMs: number;
}

/** A cell is what every frame is a multiple of. */
export const CELL_TICKS: number = GRID_TICKS;
export const CELL_MS: number = CELL_TICKS / TICKS_PER_MS;
/** A day. */
const MAX_CELLS: number = (24 * 3600 * 1000) / CELL_MS;

/** In a packed run the kind stands above its length in cells. */
export const RUN_KIND_SHIFT = 28;
export const RUN_LENGTH_MASK: number = 2 ** RUN_KIND_SHIFT - 1;

const CELLS_A_BLOCK = 1 << 16;
/** A byte is two cells: this many times a kind is two cells of it. */
const PAIR = 0x11;

/** What every 2.5 ms of a time line are, of up to 15 kinds; up to a day of it, in 17 MB. */
export class CellTrack<Kind extends string> {
  readonly kinds: readonly Kind[];
  /** Blocks in which nothing was marked are left out. */
  readonly #blocks: (Uint8Array | undefined)[] = new Array(Math.ceil(MAX_CELLS / CELLS_A_BLOCK));
  /** Stands where nothing was marked. */
  readonly #none: number;
  #length = 0;

  constructor(kinds: readonly Kind[]) {
    this.kinds = kinds;
    this.#none = kinds.length;
  }

  /** Cells from the start to the last that was marked. */
  get length(): number {
    return this.#length;
  }

  /** Marks a stretch; what was marked before is replaced. What lies before 0 or behind a day is left out. */
  mark(startTicks: number, durationTicks: number, kind: Kind): void {
    const start = Math.max(0, Math.round(startTicks / CELL_TICKS));
    const end = Math.min(MAX_CELLS, Math.round((startTicks + durationTicks) / CELL_TICKS));
    if (end <= start) return;
    const index = this.kinds.indexOf(kind);
    for (let cell = start; cell < end; ) {
      const from = cell % CELLS_A_BLOCK;
      const to = Math.min(CELLS_A_BLOCK, from + end - cell);
      fill(this.#blockFor(cell), from, to, index);
      cell += to - from;
    }
    this.#length = Math.max(this.#length, end);
  }

  /** What stands at a place; `undefined` where nothing was marked. */
  at(ticks: number): Kind | undefined {
    return this.kinds[this.#cell(Math.floor(ticks / CELL_TICKS))];
  }

  /** How many cells of each kind, and last of none, are of another one in `later`. */
  countChanged(later: CellTrack<Kind>): Uint32Array {
    const counts = new Uint32Array(this.kinds.length + 1);
    for (let start = 0; start < this.#length; start += CELLS_A_BLOCK) {
      const [before, after] = [this.#blocks, later.#blocks].map(
        (blocks) => blocks[start / CELLS_A_BLOCK],
      );
      const cells = Math.min(CELLS_A_BLOCK, this.#length - start);
      if (before === undefined && after === undefined) continue;
      for (let at = 0; at < cells; at++) {
        if (at % 2 === 0 && before?.[at >> 1] === after?.[at >> 1]) {
          at++;
          continue;
        }
        const kind = before === undefined ? this.#none : nibble(before, at);
        if (kind !== (after === undefined ? this.#none : nibble(after, at))) {
          counts[kind] = (counts[kind] as number) + 1;
        }
      }
    }
    return counts;
  }

  /** Runs in order of time; stretches without a mark are left out. */
  *runs(): Generator<CellRun<Kind>> {
    for (let from = 0; from < this.#length; ) {
      const to = this.#runEnd(from);
      const kind = this.kinds[this.#cell(from)];
      if (kind !== undefined) {
        yield { kind, startMs: from * CELL_MS, durationMs: (to - from) * CELL_MS };
      }
      from = to;
    }
  }

  /** All runs from the start on, each as `packedRun` makes it. */
  packed(): Uint32Array {
    const runs: number[] = [];
    for (let from = 0; from < this.#length; ) {
      const to = this.#runEnd(from);
      runs.push(packedRun(this.#cell(from), to - from));
      from = to;
    }
    return Uint32Array.from(runs);
  }

  /** Where the run that begins at a cell ends. */
  #runEnd(from: number): number {
    const kind = this.#cell(from);
    let cell = from + 1;
    while (cell < this.#length) {
      const block = this.#blocks[Math.floor(cell / CELLS_A_BLOCK)];
      const at = cell % CELLS_A_BLOCK;
      if (block === undefined) {
        if (kind !== this.#none) return cell;
        cell += CELLS_A_BLOCK - at;
      } else if (at % 2 === 0 && block[at >> 1] === kind * PAIR) {
        cell += 2;
      } else if (nibble(block, at) === kind) {
        cell++;
      } else {
        return cell;
      }
    }
    return this.#length;
  }

  #cell(cell: number): number {
    const block = cell < 0 ? undefined : this.#blocks[Math.floor(cell / CELLS_A_BLOCK)];
    return block === undefined ? this.#none : nibble(block, cell % CELLS_A_BLOCK);
  }

  #blockFor(cell: number): Uint8Array {
    const place = Math.floor(cell / CELLS_A_BLOCK);
    const block = this.#blocks[place] ?? new Uint8Array(CELLS_A_BLOCK / 2).fill(this.#none * PAIR);
    this.#blocks[place] = block;
    return block;
  }
}

/** A run as a page carries it. */
export function packedRun(kind: number, cells: number): number {
  return kind * 2 ** RUN_KIND_SHIFT + cells;
}

/** The even cell of a byte is its lower half. */
function nibble(block: Uint8Array, at: number): number {
  const pair = block[at >> 1] as number;
  return at % 2 === 0 ? pair & 0x0f : pair >> 4;
}

function fill(block: Uint8Array, from: number, to: number, kind: number): void {
  let at = from;
  if (at % 2 === 1) {
    block[at >> 1] = ((block[at >> 1] as number) & 0x0f) | (kind << 4);
    at++;
  }
  // A call of `fill` costs more than the four bytes of a usual frame.
  for (; at + 1 < to; at += 2) block[at >> 1] = kind * PAIR;
  if (at < to) block[at >> 1] = ((block[at >> 1] as number) & 0xf0) | kind;
}

/** Where the audio of a call came from. */
export class ProvenanceTrack extends CellTrack<Provenance> {
  constructor() {
    super(PROVENANCES);
  }
}
