import type { Comparison } from '../compare/compare.js';
import type { CompareFailure, CompareRow } from '../compare/row.js';

const CONTENDERS: Readonly<Record<CompareRow['contender'], string>> = {
  earshot: 'earshot',
  'neteq-like': 'NetEQ-like',
  'fixed-delay': 'oracle: one delay',
  'talkspurt-bound': 'oracle: per talkspurt',
  'in-order-bound': 'oracle: in order',
};
const HEADS = [
  '',
  'mean',
  'p50',
  'p95',
  'p99',
  'concealed',
  'repaired',
  'cuts',
  'misses',
  'cost',
  'over oracle',
];

/** The comparison for people: a block for each call, a line for each contender. */
export function compareTable({ rows, failures }: Comparison): string {
  const lines = rows.map((row) => [whoOf(row, rows), ...numbersOf(row)]);
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const out: string[] = [];
  let call = '';
  rows.forEach((row, index) => {
    if (callOf(row) !== call) {
      call = callOf(row);
      out.push(...(out.length === 0 ? [] : ['']), call, lineOf(HEADS));
    }
    out.push(lineOf(lines[index] ?? []));
  });
  if (failures.length > 0) {
    if (out.length > 0) out.push('');
    out.push(...failures.map(failureLine));
  }
  return out.join('\n');
}

export function failureLine(failure: CompareFailure): string {
  return `no result  ${callOf(failure)}: ${failure.reason}`;
}

function callOf({
  capture,
  network,
  seed,
  redDistance,
}: Pick<CompareRow, 'capture' | 'network' | 'seed' | 'redDistance'>): string {
  const red = redDistance === 0 ? '' : `, RED ${redDistance}`;
  return network === null ? capture : `${capture} over ${network}, seed ${seed}${red}`;
}

/** The settings that differ between the rows are what a row is called by. */
function whoOf(row: CompareRow, rows: readonly CompareRow[]): string {
  if (row.receiver === null) return CONTENDERS[row.contender];
  const { mode, deadlineMs, maxDelayMs, sampleRateHz, libopus, nackRttMs } = row.receiver;
  const differs = (name: keyof NonNullable<CompareRow['receiver']>): boolean =>
    new Set(rows.flatMap(({ receiver }) => (receiver === null ? [] : [receiver[name]]))).size > 1;
  return [
    `earshot ${mode}`,
    ...(deadlineMs === null ? [] : [`deadline ${deadlineMs}`]),
    ...(maxDelayMs === null ? [] : [`max delay ${maxDelayMs}`]),
    ...(differs('sampleRateHz') ? [`${sampleRateHz} Hz`] : []),
    ...(differs('libopus') ? [libopus ?? 'built-in libopus'] : []),
    ...(nackRttMs > 0 ? [`NACK ${nackRttMs}`] : []),
  ].join(', ');
}

function numbersOf(row: CompareRow): string[] {
  const { latencyMs, concealedRatio, repairedConcealedRatio } = row;
  const ms = (value: number | null): string => (value === null ? '' : value.toFixed(1));
  const percent = (ratio: number | null): string =>
    ratio === null ? '' : `${(ratio * 100).toFixed(2)} %`;
  const count = (value: number | null): string => (value === null ? '' : String(value));
  return [
    ms(latencyMs.mean),
    ms(latencyMs.p50),
    ms(latencyMs.p95),
    ms(latencyMs.p99),
    percent(concealedRatio),
    percent(repairedConcealedRatio),
    count(row.interruptions),
    count(row.deadlineMisses),
    ms(row.costMs),
    ms(row.overOracleMs),
  ];
}
