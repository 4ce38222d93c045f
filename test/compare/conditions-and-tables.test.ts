import { describe, expect, it } from 'vitest';
import { compareTable } from '../../src/cli/compare-table.js';
import { parseCondition } from '../../src/compare/condition.js';
import { combine } from '../../src/compare/configuration.js';
import { toCsv } from '../../src/compare/csv.js';
import type { CompareRow } from '../../src/compare/row.js';

const row: CompareRow = {
  capture: 'call.pcap',
  network: null,
  seed: null,
  redDistance: 0,
  contender: 'earshot',
  receiver: {
    mode: 'recognizer',
    sampleRateHz: 16_000,
    deadlineMs: 150,
    maxDelayMs: null,
    libopus: undefined,
    nackRttMs: 0,
  },
  latencyMs: { mean: 12, p50: 10, p95: 40, p99: 90 },
  concealedRatio: 0.02,
  repairedConcealedRatio: 0.01,
  concealmentEvents: 7,
  interruptions: 0,
  deadlineMisses: 0,
  packets: { received: 980, lost: 20, late: 3, requested: 0, resent: 0 },
  costMs: 52,
  overOracleMs: 9,
};

describe('a condition', () => {
  it.each([
    ['latencyMs.p95>39.9', true],
    ['latencyMs.p95>40', false],
    ['latencyMs.p95>=40', true],
    ['concealedRatio<2e-2', false],
    ['concealedRatio<=0.02', true],
    ['packets.lost==20 && packets.late!=2', true],
    [' packets.lost == 20&&packets.late == 2 ', false],
    ['overOracleMs > -1', true],
  ])('%s is %s', (text, holds) => {
    expect(parseCondition(text).holdsFor(row)).toBe(holds);
  });

  it('does not hold for a number that a row does not have', () => {
    const played = { ...row, deadlineMisses: null };
    expect(parseCondition('deadlineMisses<5').holdsFor(played)).toBe(false);
    expect(parseCondition('deadlineMisses>=0').holdsFor(played)).toBe(false);
  });
});

describe('what is printed', () => {
  it('as CSV runs no formula and quotes what needs it', () => {
    const text = toCsv([{ ...row, capture: '=1+1,"x".pcap' }]);
    expect(text.split('\r\n')[1]).toMatch(
      /^"'=1\+1,""x"".pcap",,,0,earshot,recognizer,150,,16000,/,
    );
  });

  it('as a table names the settings that differ', () => {
    const other = { ...row, receiver: row.receiver && { ...row.receiver, sampleRateHz: 8000 } };
    const table = compareTable({ rows: [row, other], failures: [] });

    expect(table).toMatch(/^earshot recognizer, deadline 150, 16000 Hz +12\.0/m);
    expect(table).toMatch(/^earshot recognizer, deadline 150, 8000 Hz +12\.0/m);
    expect(compareTable({ rows: [row], failures: [] })).not.toContain('Hz');
  });
});

describe('combinations', () => {
  it('leave out what a mode does not have, so that no receiver is there twice', () => {
    const { receivers } = combine({ deadlineMs: [50, 100, 150], maxDelayMs: [100, 300] });

    expect(
      receivers.map(({ mode, deadlineMs, maxDelayMs }) => [mode, deadlineMs, maxDelayMs]),
    ).toEqual([
      ['recognizer', 50, null],
      ['recognizer', 100, null],
      ['recognizer', 150, null],
      ['playout', null, 100],
      ['playout', null, 300],
    ]);
  });

  it('are refused with a value out of range', () => {
    expect(() => combine({ deadlineMs: [50, 5000] })).toThrow(/deadlineMs/);
    expect(() => combine({ libopus: ['no-such-library.so'] })).toThrow();
  });
});
