import { describe, expect, it } from 'vitest';
import { ProvenanceTrack } from '../../src/analysis/cell-track.js';
import { interruptionsOf, recoveryTable } from '../../src/analysis/recovery.js';
import { worstMoments } from '../../src/analysis/worst-moments.js';
import type { Provenance } from '../../src/index.js';

const TICKS_PER_MS = 48;

function trackOf(...parts: readonly (readonly [Provenance, number])[]): ProvenanceTrack {
  const track = new ProvenanceTrack();
  let atMs = 0;
  for (const [provenance, ms] of parts) {
    track.mark(atMs * TICKS_PER_MS, ms * TICKS_PER_MS, provenance);
    atMs += ms;
  }
  return track;
}

describe('the recovery table', () => {
  const first = trackOf(['received', 1000], ['plc', 60], ['fec', 20], ['received', 420]);

  it('has time, share and stretches of each kind, and what of it was repaired', () => {
    const repaired = trackOf(
      ['received', 1000],
      ['received', 40],
      ['plc', 20],
      ['fec', 20],
      ['received', 420],
    );
    const table = recoveryTable(first, repaired);
    expect(table.received).toEqual({ ms: 1420, shareRatio: 1420 / 1500, events: 2, repairedMs: 0 });
    expect(table.plc).toEqual({ ms: 60, shareRatio: 0.04, events: 1, repairedMs: 40 });
    expect(table.fec).toMatchObject({ ms: 20, events: 1, repairedMs: 0 });
    expect(table.red).toEqual({ ms: 0, shareRatio: 0, events: 0, repairedMs: 0 });
  });

  it('leaves out places that nothing was handed out for', () => {
    const track = new ProvenanceTrack();
    track.mark(10 * 48_000, 960, 'received');
    expect([...track.runs()]).toEqual([{ kind: 'received', startMs: 10_000, durationMs: 20 }]);
    expect(recoveryTable(track, track).received.ms).toBe(20);
  });

  it('bounds what a leap of the time line can claim', () => {
    const track = new ProvenanceTrack();
    track.mark(1e15, 960, 'received');
    track.mark(-960, 960, 'plc');
    expect(track.length).toBe(0);
  });
});

describe('breaks', () => {
  it('are runs of concealment of 150 ms and more', () => {
    const track = trackOf(
      ['received', 100],
      ['plc', 150],
      ['received', 20],
      ['plc', 140],
      ['received', 20],
    );
    expect(interruptionsOf(track)).toEqual({
      thresholdMs: 150,
      count: 1,
      totalMs: 150,
      longestConcealmentMs: 150,
    });
  });
});

describe('the worst moments', () => {
  it('join what is less than a second apart, and come worst first', () => {
    const track = trackOf(
      ['plc', 40],
      ['received', 3000],
      ['plc', 60],
      ['received', 900],
      ['plc', 60],
      ['received', 3000],
      ['plc', 80],
      ['received', 10],
    );
    expect(worstMoments(track, 2)).toEqual([
      { startMs: 3040, durationMs: 1020, concealedMs: 120 },
      { startMs: 7060, durationMs: 80, concealedMs: 80 },
    ]);
  });
});
