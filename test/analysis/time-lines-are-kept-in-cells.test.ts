import { describe, expect, it } from 'vitest';
import { CELL_TICKS, CellTrack } from '../../src/analysis/cell-track.js';
import { Random } from '../../src/simulate/index.js';

const KINDS = ['a', 'b', 'c'] as const;
type Kind = (typeof KINDS)[number];
const SEEDS = [1, 2, 3, 4, 5];
/** Over the edges of three blocks of 65,536 cells. */
const SPAN_CELLS = 200_000;

/** The same marks in a track and in a plain array. */
function marked(seed: number, marks: number): [CellTrack<Kind>, (Kind | undefined)[]] {
  const random = new Random(seed);
  const track = new CellTrack<Kind>(KINDS);
  const cells: (Kind | undefined)[] = [];
  for (let i = 0; i < marks; i++) {
    const start = random.below(SPAN_CELLS);
    const length = 1 + random.below(i % 10 === 0 ? 70_000 : 17);
    const kind = KINDS[random.below(KINDS.length)] as Kind;
    track.mark(start * CELL_TICKS, length * CELL_TICKS, kind);
    for (let cell = start; cell < start + length; cell++) cells[cell] = kind;
  }
  return [track, cells];
}

function runsOf(cells: readonly (Kind | undefined)[]): { kind: Kind | undefined; cells: number }[] {
  const runs: { kind: Kind | undefined; cells: number }[] = [];
  for (let cell = 0; cell < cells.length; cell++) {
    const last = runs.at(-1);
    if (last !== undefined && last.kind === cells[cell]) last.cells++;
    else runs.push({ kind: cells[cell], cells: 1 });
  }
  return runs;
}

describe('a time line', () => {
  it('of a day takes 18 MB', () => {
    const bytesBefore = process.memoryUsage().arrayBuffers;
    const track = new CellTrack<Kind>(KINDS);
    track.mark(0, 48_000 * 3600 * 24, 'a');
    track.mark(48_000 * 3600 * 24, 960, 'b');

    expect([...track.runs()]).toEqual([{ kind: 'a', startMs: 0, durationMs: 24 * 3_600_000 }]);
    expect(process.memoryUsage().arrayBuffers - bytesBefore).toBeLessThan(18e6);
  });

  it.each(SEEDS)('is what was marked on it last (seed %d)', (seed) => {
    const [track, cells] = marked(seed, 400);

    expect(track.length).toBe(cells.length);
    for (let cell = -2; cell < cells.length + 2; cell++) {
      if (track.at((cell + 0.5) * CELL_TICKS) !== cells[cell]) throw new Error(`cell ${cell}`);
    }
    const runs = runsOf(cells);
    expect([...track.runs()].map(({ kind, durationMs }) => [kind, durationMs / 2.5])).toEqual(
      runs.flatMap((run) => (run.kind === undefined ? [] : [[run.kind, run.cells]])),
    );
    expect([...track.packed()]).toEqual(
      runs.map(({ kind, cells: length }) => {
        const index = kind === undefined ? KINDS.length : KINDS.indexOf(kind);
        return index * 2 ** 28 + length;
      }),
    );
  });

  it.each(SEEDS)('tells what of it is otherwise on another (seed %d)', (seed) => {
    const [before, cellsBefore] = marked(seed, 40);
    const [after, cellsAfter] = marked(seed + 100, 40);
    const counts = [0, 0, 0, 0];
    for (const [cell, kind] of [...cellsBefore].entries()) {
      const index = kind === undefined ? KINDS.length : KINDS.indexOf(kind);
      if (kind !== cellsAfter[cell]) counts[index] = (counts[index] ?? 0) + 1;
    }

    expect([...before.countChanged(after)]).toEqual(counts);
  });
});
