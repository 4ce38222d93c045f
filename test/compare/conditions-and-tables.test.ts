import { describe, expect, it } from 'vitest';
import { compareTable } from '../../src/cli/compare-table.js';
import { terminalWidth } from '../../src/cli/terminal-width.js';
import { parseCondition } from '../../src/compare/condition.js';
import type { ReceiverChoice } from '../../src/compare/configuration.js';
import { combine } from '../../src/compare/configuration.js';
import { toCsv } from '../../src/compare/csv.js';
import type { CompareRow } from '../../src/compare/row.js';

const recognizer: ReceiverChoice = {
  mode: 'recognizer',
  sampleRateHz: 16_000,
  deadlineMs: 150,
  eagerness: 1,
  maxDelayMs: null,
  libopus: undefined,
  nackRttMs: 0,
};
const receivers: readonly ReceiverChoice[] = [
  recognizer,
  { ...recognizer, deadlineMs: 50 },
  {
    ...recognizer,
    mode: 'playout',
    deadlineMs: null,
    eagerness: null,
    maxDelayMs: 1000,
    libopus: '/opt/lib:1/libopus.so',
  },
];

const row: CompareRow = {
  capture: 'call.pcap',
  network: null,
  seed: null,
  redDistance: 0,
  contender: 'earshot',
  receiver: recognizer,
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
    ['concealedRatio>1.9%', true],
    ['concealedRatio > 2 %', false],
    ['packets.lost==20 && packets.late!=2', true],
    [' packets.lost == 20&&packets.late == 2 ', false],
    ['overOracleMs > -1', true],
  ])('%s is %s', (text, holds) => {
    expect(parseCondition(text, receivers).heldBy([row])).toEqual(holds ? [row] : []);
  });

  it('does not hold for a number that a row does not have', () => {
    const played = { ...row, deadlineMisses: null };
    expect(parseCondition('deadlineMisses<5', receivers).heldBy([played])).toEqual([]);
    expect(parseCondition('deadlineMisses>=0', receivers).heldBy([played])).toEqual([]);
  });

  it.each([
    ['costMs>0', ['a 150 52', 'a 50 60', 'a playout 40', 'b 150 70', 'b 50 65']],
    ['recognizer: costMs>0', ['a 150 52', 'a 50 60', 'b 150 70', 'b 50 65']],
    ['earshot recognizer, deadline 50: costMs>0', ['a 50 60', 'b 50 65']],
    ['max delay 1000 :costMs>0', ['a playout 40']],
    ['best: costMs>0', ['a playout 40', 'b 50 65']],
    ['best, recognizer: costMs>0', ['a 150 52', 'b 50 65']],
    ['best: costMs>50', ['b 50 65']],
    ['libopus /opt/lib:1/libopus.so: costMs>0', ['a playout 40']],
  ])('%s is asked of the rows that it names', (text, held) => {
    const [recognizer, eager, playout] = receivers;
    const of = (capture: string, receiver: ReceiverChoice | undefined, costMs: number) => ({
      ...row,
      capture,
      costMs,
      receiver: receiver ?? null,
    });
    const rows = [
      of('a', recognizer, 52),
      of('a', eager, 60),
      of('a', playout, 40),
      { ...of('a', undefined, 1), contender: 'in-order-bound' as const },
      of('b', recognizer, 70),
      of('b', eager, 65),
    ];
    const names = parseCondition(text, receivers)
      .heldBy(rows)
      .map(
        ({ capture, receiver, costMs }) =>
          `${capture} ${receiver?.deadlineMs ?? 'playout'} ${costMs}`,
      );
    expect(names.sort()).toEqual(held);
  });

  it.each([
    ['latencyMs.p96>1', /Unknown number latencyMs\.p96; .*latencyMs\.p95, .*overOracleMs/],
    ['constructor>1', /Unknown number constructor/],
    ['latencyMs.p95>150 ||', /Expected a condition like .*it can ask for latencyMs\.mean/],
    [
      'recogniser: costMs>1',
      /No row is called "recogniser"; there are best, recognizer, deadline 150/,
    ],
    [': costMs>1', /No row is called ""/],
    [
      'playout, deadline 50: costMs>1',
      /No row is "playout, deadline 50" all at once; there are rec/,
    ],
    ['latencyMs.p95>5%', /latencyMs\.p95 is no share/],
    ['concealedRatio>5', /concealedRatio is a share in 0\.\.1 or 0%\.\.100%, got 5/],
    ['concealedRatio>500%', /is a share/],
    ['playout: deadlineMisses>0', /deadlineMisses is of mode recognizer, .* could never hold/],
    ['max delay 1000: repairedConcealedRatio>1%', /repairedConcealedRatio is of mode recognizer/],
  ])('%s is refused with what can be asked', (text, says) => {
    expect(() => parseCondition(text, receivers)).toThrow(says);
  });
});

it('a condition on a number that some of its rows have is none to refuse', () => {
  const held = parseCondition('deadlineMisses>=0', receivers).heldBy([row]);
  expect(held).toEqual([row]);

  const playout = receivers.filter(({ mode }) => mode === 'playout');
  expect(() => parseCondition('deadlineMisses>0', playout)).toThrow(/could never hold/);
});

describe('what is printed', () => {
  it('as CSV runs no formula and quotes what needs it', () => {
    const text = toCsv([{ ...row, capture: '=1+1,"x".pcap' }]);
    expect(text.split('\r\n')[1]).toMatch(
      /^"'=1\+1,""x"".pcap",,,0,earshot,recognizer,150,1,,16000,/,
    );
  });

  it('as a table names the settings that differ', () => {
    const other = { ...row, receiver: row.receiver && { ...row.receiver, sampleRateHz: 8000 } };
    const table = compareTable({ rows: [row, other], failures: [] }, 120);

    expect(table).toMatch(/^earshot recognizer, deadline 150, 16000 Hz +12\.0/m);
    expect(table).toMatch(/^earshot recognizer, deadline 150, 8000 Hz +12\.0/m);
    expect(compareTable({ rows: [row], failures: [] }, 120)).not.toContain('Hz');
  });

  it.each([40, 60, 80, 100, 120])('as a table fits into %i columns', (width) => {
    const library = `/opt/${'deep/'.repeat(20)}libopus.so`;
    const rows = [
      row,
      { ...row, receiver: { ...recognizer, libopus: library } },
      { ...row, contender: 'talkspurt-bound' as const, receiver: null, deadlineMisses: null },
    ];
    const lines = compareTable({ rows, failures: [] }, width).split('\n');

    for (const line of lines.slice(0, 5)) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/conc\. .*cost +over$/);
    expect(lines[2]).toMatch(/^earshot .*libopus builtin|^earshot .*…/);
    expect(lines[3]).toMatch(/^earsh.*…[^ ]+ .*2\.00 % .*52\.0 +9\.0$/);
  });

  it('as a table has all numbers where there is room, and names those that it had to leave out', () => {
    const rows = [row, { ...row, receiver: { ...recognizer, deadlineMs: 50 } }];
    const [wide, narrow] = [120, 80].map((width) => compareTable({ rows, failures: [] }, width));

    expect(wide).toMatch(
      /mean +p50 +p95 +p99 +concealed +repaired +cuts +misses +cost +over oracle$/m,
    );
    expect(wide).not.toContain('--csv');
    expect(narrow).toMatch(/^ +mean +p95 +p99 +conc\. +cuts +cost +over$/m);
    expect(narrow).toMatch(/^also in --csv: p50 repaired misses$/m);
  });

  it('as a table says once which call has no result', () => {
    const failure = { ...row, receiver: null };
    const lineOf = (reason: string): string =>
      compareTable({ rows: [], failures: [{ ...failure, reason }] }, 80);

    expect(lineOf('call.pcap: no stream')).toBe('no result  call.pcap: no stream');
    expect(lineOf('call.pcap, byte 24: no record')).toBe(
      'no result  call.pcap: byte 24: no record',
    );
    expect(lineOf('its worker ended')).toBe('no result  call.pcap: its worker ended');
  });

  it('is as wide as COLUMNS says, else as the terminal, else 120', () => {
    expect(terminalWidth({ columns: 90 }, { COLUMNS: '70' })).toBe(70);
    expect(terminalWidth({ columns: 90 }, { COLUMNS: 'wide' })).toBe(90);
    expect(terminalWidth({ columns: 0 }, {})).toBe(120);
    expect(terminalWidth({ columns: 5 }, {})).toBe(40);
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
