import type { Comparison } from '../compare/compare.js';
import { type NamedSettings, namedSettings } from '../compare/configuration-name.js';
import type { CompareFailure, CompareRow } from '../compare/row.js';

const CONTENDERS: Readonly<Record<CompareRow['contender'], string>> = {
  earshot: 'earshot',
  'neteq-like': 'NetEQ-like',
  'fixed-delay': 'oracle: one delay',
  'talkspurt-bound': 'oracle: per talkspurt',
  'in-order-bound': 'oracle: in order',
};

interface Column {
  readonly head: string;
  /** In place of the head where there is little room. */
  readonly abbreviation: string;
  readonly cell: (row: CompareRow) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'mean', abbreviation: 'mean', cell: ({ latencyMs }) => ms(latencyMs.mean) },
  { head: 'p50', abbreviation: 'p50', cell: ({ latencyMs }) => ms(latencyMs.p50) },
  { head: 'p95', abbreviation: 'p95', cell: ({ latencyMs }) => ms(latencyMs.p95) },
  { head: 'p99', abbreviation: 'p99', cell: ({ latencyMs }) => ms(latencyMs.p99) },
  { head: 'concealed', abbreviation: 'conc.', cell: (row) => percent(row.concealedRatio) },
  { head: 'repaired', abbreviation: 'rep.', cell: (row) => percent(row.repairedConcealedRatio) },
  { head: 'cuts', abbreviation: 'cuts', cell: ({ interruptions }) => count(interruptions) },
  { head: 'misses', abbreviation: 'miss', cell: ({ deadlineMisses }) => count(deadlineMisses) },
  { head: 'cost', abbreviation: 'cost', cell: ({ costMs }) => ms(costMs) },
  { head: 'over oracle', abbreviation: 'over', cell: ({ overOracleMs }) => ms(overOracleMs) },
];
/** What goes first where there is no room; what is not here stays. */
const EXPENDABLE: readonly string[] = ['repaired', 'p50', 'misses', 'cuts', 'p99', 'p95', 'mean'];
const GAP = '  ';
const SHORTEST_NAME = 16;

/** What is printed of every row. */
interface Layout {
  readonly heads: readonly string[];
  readonly columns: readonly Column[];
  /** Of the heads and the cells below them. */
  readonly widths: readonly number[];
  readonly nameWidth: number;
}

/**
 * The comparison for people: a block for each call, a line for each contender, none wider than `width` columns.
 *
 * Where they do not fit, heads are abbreviated, then columns are left out, and last the middle of names; a line at the end says
 * which columns those were.
 */
export function compareTable({ rows, failures }: Comparison, width: number): string {
  const names = rows.map((row) => nameOf(row, rows));
  const layout = layoutOf(rows, Math.max(0, ...names.map(({ length }) => length)), width);
  const lineOf = (name: string, cells: readonly string[]): string =>
    [
      cutInTheMiddle(name, layout.nameWidth).padEnd(layout.nameWidth),
      ...cells.map((cell, index) => cell.padStart(layout.widths[index] ?? 0)),
    ]
      .join(GAP)
      .trimEnd();
  const out: string[] = [];
  let call = '';
  rows.forEach((row, index) => {
    if (callOf(row) !== call) {
      call = callOf(row);
      out.push(...(out.length === 0 ? [] : ['']), call, lineOf('', layout.heads));
    }
    const cells = layout.columns.map(({ cell }) => cell(row));
    out.push(lineOf(names[index] ?? '', cells));
  });
  const leftOut = COLUMNS.filter((column) => !layout.columns.includes(column));
  if (leftOut.length > 0 && rows.length > 0) {
    out.push('', `also in --csv: ${leftOut.map(({ head }) => head).join(' ')}`);
  }
  if (failures.length > 0) {
    if (out.length > 0) out.push('');
    out.push(...failures.map(failureLine));
  }
  return out.join('\n');
}

export function failureLine(failure: CompareFailure): string {
  const { capture, reason } = failure;
  // Most reasons begin with the file they are about, as elsewhere, and where in it.
  const isAboutIt = [': ', ', '].some((sign) => reason.startsWith(capture + sign));
  const why = isAboutIt ? reason.slice(capture.length + 2) : reason;
  return `no result  ${callOf(failure)}: ${why}`;
}

function layoutOf(rows: readonly CompareRow[], longestName: number, width: number): Layout {
  const isRoomy = layoutWith(rows, COLUMNS, 'head', longestName);
  if (widthOf(isRoomy) <= width) return isRoomy;
  let columns = COLUMNS;
  let layout = layoutWith(rows, columns, 'abbreviation', longestName);
  for (const head of EXPENDABLE) {
    if (widthOf(layout) <= width) return layout;
    // A name of any length would take all columns; half of the width is its own.
    if (widthOf({ ...layout, nameWidth: Math.min(longestName, width >> 1) }) <= width) break;
    columns = columns.filter((column) => column.head !== head);
    layout = layoutWith(rows, columns, 'abbreviation', longestName);
  }
  const rest = width - widthOf({ ...layout, nameWidth: 0 });
  return { ...layout, nameWidth: Math.max(SHORTEST_NAME, Math.min(longestName, rest)) };
}

function layoutWith(
  rows: readonly CompareRow[],
  columns: readonly Column[],
  title: 'head' | 'abbreviation',
  nameWidth: number,
): Layout {
  const widths = columns.map((column) =>
    Math.max(column[title].length, ...rows.map((row) => column.cell(row).length)),
  );
  return { heads: columns.map((column) => column[title]), columns, widths, nameWidth };
}

function widthOf({ widths, nameWidth }: Layout): number {
  return widths.reduce((sum, width) => sum + GAP.length + width, nameWidth);
}

/** What tells names apart stands at their ends. */
function cutInTheMiddle(name: string, width: number): string {
  if (name.length <= width) return name;
  const start = (width - 1) >> 1;
  return `${name.slice(0, start)}…${name.slice(name.length - (width - 1 - start))}`;
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

/** The settings that differ between the rows are what a row is called by, beside its mode and that mode's bound. */
function nameOf({ contender, receiver }: CompareRow, rows: readonly CompareRow[]): string {
  if (receiver === null) return CONTENDERS[contender];
  const settings = namedSettings(receiver);
  // Null stands for a setting that a mode does not have.
  const differs = (name: keyof NamedSettings): boolean => {
    const values = rows.flatMap((row) => (row.receiver === null ? [] : [row.receiver[name]]));
    return new Set(values.filter((value) => value !== null)).size > 1;
  };
  const { mode, deadlineMs, eagerness, maxDelayMs, sampleRateHz, libopus, nackRttMs } = settings;
  return [
    `earshot ${mode}`,
    deadlineMs,
    maxDelayMs,
    differs('eagerness') ? eagerness : undefined,
    differs('sampleRateHz') ? sampleRateHz : undefined,
    differs('libopus') ? libopus : undefined,
    differs('nackRttMs') ? nackRttMs : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function ms(value: number | null): string {
  return value === null ? '' : value.toFixed(1);
}

function percent(ratio: number | null): string {
  return ratio === null ? '' : `${(ratio * 100).toFixed(2)} %`;
}

function count(value: number | null): string {
  return value === null ? '' : String(value);
}
