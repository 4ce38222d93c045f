import { packedRun, RUN_KIND_SHIFT, RUN_LENGTH_MASK } from '../analysis/cell-track.js';

/** Stretch of a time line, in cells. */
export interface CellRange {
  readonly from: number;
  readonly to: number;
}

/** Runs of several tracks, few enough for a page. */
export interface GatheredTracks<Name extends string> {
  readonly tracks: Readonly<Record<Name, Uint32Array>>;
  /** Cells within which the order of kinds is lost; 0 where none is. */
  readonly binCells: number;
}

const NOWHERE: CellRange = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
/** 160 ms: finer would gather little. */
const FIRST_BIN_CELLS = 64;

/**
 * Makes runs fewer, where there are more than `mostRuns`: within bins of the time line every kind becomes one run, as long
 * as all there was of it. So the picture of a long call is coarser, but each bin still holds all its losses and repairs,
 * and its shares are right to the cell.
 *
 * @param runs - as `CellTrack.packed` gives them
 * @param exact - where the order is kept all the same, in order of time
 */
export function gatherTracks<Name extends string>(
  runs: Readonly<Record<Name, Uint32Array>>,
  exact: readonly CellRange[],
  mostRuns: number,
): GatheredTracks<Name> {
  let [tracks, binCells] = [runs, 0];
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const now = Object.values<Uint32Array>(tracks).reduce((sum, { length }) => sum + length, 0);
    // What lies in exact stretches stays as it is, however wide the bins.
    if (now <= mostRuns || now === before) return { tracks, binCells };
    before = now;
    binCells = Math.max(FIRST_BIN_CELLS, binCells * 2);
    const entries = Object.entries<Uint32Array>(runs);
    tracks = Object.fromEntries(
      entries.map(([name, own]) => [name, gather(own, exact, binCells)]),
    ) as Record<Name, Uint32Array>;
  }
}

function gather(runs: Uint32Array, exact: readonly CellRange[], binCells: number): Uint32Array {
  const gathered = new RunList();
  const counts = new Float64Array(16);
  let isRising = true;
  /** Every second bin goes down, so that kinds meet their like at its edges. */
  const flush = (): void => {
    for (let at = 0; at < counts.length; at++) {
      const kind = isRising ? at : counts.length - 1 - at;
      gathered.add(kind, counts[kind] as number);
    }
    counts.fill(0);
    isRising = !isRising;
  };
  let [cell, range] = [0, 0];
  for (const run of runs) {
    const kind = run >>> RUN_KIND_SHIFT;
    const end = cell + (run & RUN_LENGTH_MASK);
    while (cell < end) {
      while (range < exact.length && (exact[range] as CellRange).to <= cell) range++;
      const { from, to } = exact[range] ?? NOWHERE;
      if (cell >= from) {
        const part = Math.min(end, to) - cell;
        gathered.add(kind, part);
        cell += part;
        continue;
      }
      const binEnd = Math.min((Math.floor(cell / binCells) + 1) * binCells, from);
      const part = Math.min(end, binEnd) - cell;
      counts[kind] = (counts[kind] as number) + part;
      cell += part;
      if (cell === binEnd) flush();
    }
  }
  flush();
  return gathered.packed();
}

/** Runs as they come; such as follow one of their own kind become one with it. */
class RunList {
  readonly #runs: number[] = [];
  #kind = -1;
  #cells = 0;

  add(kind: number, cells: number): void {
    if (cells === 0) return;
    if (kind !== this.#kind) {
      this.#end();
      this.#kind = kind;
    }
    this.#cells += cells;
  }

  packed(): Uint32Array {
    this.#end();
    return Uint32Array.from(this.#runs);
  }

  #end(): void {
    if (this.#cells > 0) this.#runs.push(packedRun(this.#kind, this.#cells));
    this.#cells = 0;
  }
}
