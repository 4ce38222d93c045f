import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CELL_TICKS, CellTrack } from '../../src/analysis/cell-track.js';
import { gatherTracks } from '../../src/report/gathered-runs.js';

const KINDS = ['received', 'fec', 'plc'] as const;

function cellsOf(runs: Uint32Array): number[] {
  return [...runs].flatMap((run) => new Array<number>(run & 0x0fffffff).fill(run >>> 28));
}

function countsOf(cells: readonly number[]): number[] {
  return [0, 1, 2, 3].map((kind) => cells.filter((cell) => cell === kind).length);
}

/** Runs of kinds and lengths, with places where nothing was marked. */
const marks = fc.array(
  fc.record({
    gap: fc.constantFrom(0, 0, 0, 5),
    cells: fc.integer({ min: 1, max: 40 }),
    kind: fc.constantFrom(...KINDS),
  }),
  { minLength: 1, maxLength: 200 },
);

function packed(
  stretches: readonly { gap: number; cells: number; kind: (typeof KINDS)[number] }[],
): Uint32Array {
  const track = new CellTrack(KINDS);
  let at = 0;
  for (const { gap, cells, kind } of stretches) {
    track.mark((at + gap) * CELL_TICKS, cells * CELL_TICKS, kind);
    at += gap + cells;
  }
  return track.packed();
}

describe('runs of a long call', () => {
  it('are left as they are while they are few enough', () => {
    const first = packed([{ gap: 3, cells: 8, kind: 'plc' }]);
    expect(gatherTracks({ first }, [], 2)).toEqual({ tracks: { first }, binCells: 0 });
  });

  it('become one of each kind in a bin, without a cell of them lost (property)', () => {
    fc.assert(
      fc.property(marks, (stretches) => {
        const first = packed(stretches);
        const { tracks, binCells } = gatherTracks({ first }, [], Math.ceil(first.length / 2));
        const [before, after] = [cellsOf(first), cellsOf(tracks.first)];
        expect(after.length).toBe(before.length);
        if (binCells === 0) return;
        for (let at = 0; at < before.length; at += binCells) {
          expect(countsOf(after.slice(at, at + binCells))).toEqual(
            countsOf(before.slice(at, at + binCells)),
          );
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('keep their order where there is sound (property)', () => {
    fc.assert(
      fc.property(
        marks,
        fc.uniqueArray(fc.integer({ min: 0, max: 4000 }), { minLength: 2, maxLength: 8 }),
        (stretches, edges) => {
          const first = packed(stretches);
          const sorted = [...edges].sort((a, b) => a - b);
          const exact = sorted.flatMap((from, at) =>
            at % 2 === 0 ? [{ from, to: sorted[at + 1] ?? from + 1 }] : [],
          );
          const { tracks } = gatherTracks({ first }, exact, 1);
          const [before, after] = [cellsOf(first), cellsOf(tracks.first)];
          expect(countsOf(after)).toEqual(countsOf(before));
          for (const { from, to } of exact) {
            expect(after.slice(from, to)).toEqual(before.slice(from, to));
          }
        },
      ),
      { seed: 4, numRuns: 200 },
    );
  });

  it('take wider bins until they fit, and all tracks the same', () => {
    const lossy = packed(
      Array.from({ length: 4000 }, (_, at) => ({
        gap: 0,
        cells: 8,
        kind: at % 3 === 0 ? 'plc' : 'received',
      })),
    );
    const { tracks, binCells } = gatherTracks({ first: lossy, final: lossy }, [], 300);
    expect(tracks.first.length + tracks.final.length).toBeLessThanOrEqual(300);
    expect(Math.log2(binCells) % 1).toBe(0);
    expect(tracks.final).toEqual(tracks.first);
  });
});
