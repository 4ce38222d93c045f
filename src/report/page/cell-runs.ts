import { CELL_MS, RUN_KIND_SHIFT, RUN_LENGTH_MASK } from '../../analysis/cell-track.js';
import type { Packed } from '../page-data.js';
import { bytesOf } from './base64.js';
import { firstBehind } from './first-behind.js';

/** What every 2.5 ms of a time line are, as runs: a day has 35 million cells, and far fewer runs. */
export class CellRuns {
  readonly #kinds: Uint8Array;
  /** The cell behind each run. */
  readonly #ends: Uint32Array;

  /** @param packed - as `CellTrack.packed` gives them */
  constructor(packed: Packed) {
    const runs = new Uint32Array(bytesOf(packed).buffer);
    this.#kinds = Uint8Array.from(runs, (run) => run >>> RUN_KIND_SHIFT);
    this.#ends = new Uint32Array(runs.length);
    let end = 0;
    for (const [index, run] of runs.entries()) {
      end += run & RUN_LENGTH_MASK;
      this.#ends[index] = end;
    }
  }

  /** The kind of a cell; `undefined` behind the last. */
  at(cell: number): number | undefined {
    return cell < 0 ? undefined : this.#kinds[this.#runOf(cell)];
  }

  /** Shows the kinds of a stretch, a run at a time; at least the cell it begins in. */
  visit(fromMs: number, toMs: number, show: (kind: number, cells: number) => void): void {
    const first = Math.max(0, Math.floor(fromMs / CELL_MS));
    const end = Math.max(first, Math.ceil(toMs / CELL_MS) - 1) + 1;
    let start = first;
    for (let run = this.#runOf(first); run < this.#ends.length && start < end; run++) {
      const until = Math.min(end, this.#ends[run] as number);
      show(this.#kinds[run] as number, until - start);
      start = until;
    }
  }

  /** The run that holds a cell. */
  #runOf(cell: number): number {
    return firstBehind(this.#ends.length, (run) => this.#ends[run] as number, cell);
  }
}
