import { PROVENANCES, type Provenance } from '../receiver/audio-frame.js';

/** A stretch of one kind. */
export interface CellRun<Kind> {
  readonly kind: Kind;
  readonly startMs: number;
  readonly durationMs: number;
}

/** 2.5 ms, the shortest Opus frame: every frame is a multiple of it. */
export const CELL_TICKS = 120;
export const CELL_MS = 2.5;
/** A day; a cell is a byte. */
const MAX_CELLS: number = (24 * 3600 * 1000) / CELL_MS;

/** What every 2.5 ms of a time line are, of a few kinds; up to a day of it. */
export class CellTrack<Kind extends string> {
  readonly kinds: readonly Kind[];
  #cells: Uint8Array;
  #length = 0;

  constructor(kinds: readonly Kind[]) {
    this.kinds = kinds;
    this.#cells = new Uint8Array(1 << 16).fill(kinds.length);
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
    if (end > this.#cells.length) this.#grow(end);
    const index = this.kinds.indexOf(kind);
    // A call of `fill` costs more than the eight cells of a usual frame.
    for (let cell = start; cell < end; cell++) this.#cells[cell] = index;
    this.#length = Math.max(this.#length, end);
  }

  /** What stands at a place; `undefined` where nothing was marked. */
  at(ticks: number): Kind | undefined {
    return this.kinds[this.#cells[Math.floor(ticks / CELL_TICKS)] ?? this.kinds.length];
  }

  /** Places of the kinds in `kinds` by cell; where nothing was marked, their count. */
  cells(): Uint8Array {
    return this.#cells.subarray(0, this.#length);
  }

  /** Runs in order of time; stretches without a mark are left out. */
  *runs(): Generator<CellRun<Kind>> {
    for (const [index, from, length] of this.#allRuns()) {
      const kind = this.kinds[index];
      if (kind === undefined) continue;
      yield { kind, startMs: from * CELL_MS, durationMs: length * CELL_MS };
    }
  }

  /** All runs from the start on, four bits of kind above 28 of length in cells. */
  packed(): Uint32Array {
    return Uint32Array.from(this.#allRuns(), ([index, , length]) => index * 2 ** 28 + length);
  }

  *#allRuns(): Generator<readonly [index: number, from: number, length: number]> {
    for (let from = 0; from < this.#length; ) {
      const index = this.#cells[from] as number;
      let to = from + 1;
      while (to < this.#length && this.#cells[to] === index) to++;
      yield [index, from, to - from];
      from = to;
    }
  }

  #grow(cells: number): void {
    const grown = new Uint8Array(Math.max(cells, this.#cells.length * 2)).fill(this.kinds.length);
    grown.set(this.#cells);
    this.#cells = grown;
  }
}

/** Where the audio of a call came from. */
export class ProvenanceTrack extends CellTrack<Provenance> {
  constructor() {
    super(PROVENANCES);
  }
}
