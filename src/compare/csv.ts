import { type CompareRow, ROW_NUMBERS } from './row.js';

type Cell = string | number | null;

const NAMES: Readonly<Record<string, (row: CompareRow) => Cell>> = {
  capture: ({ capture }) => capture,
  network: ({ network }) => network,
  seed: ({ seed }) => seed,
  redDistance: ({ redDistance }) => redDistance,
  contender: ({ contender }) => contender,
  mode: ({ receiver }) => receiver?.mode ?? null,
  deadlineMs: ({ receiver }) => receiver?.deadlineMs ?? null,
  eagerness: ({ receiver }) => receiver?.eagerness ?? null,
  maxDelayMs: ({ receiver }) => receiver?.maxDelayMs ?? null,
  sampleRateHz: ({ receiver }) => receiver?.sampleRateHz ?? null,
  libopus: ({ receiver }) => receiver?.libopus ?? null,
  nackRttMs: ({ receiver }) => receiver?.nackRttMs ?? null,
};

/** Rows as CSV (RFC 4180) with a header; what a row does not have is empty. */
export function toCsv(rows: readonly CompareRow[]): string {
  const columns = Object.entries<(row: CompareRow) => Cell>({ ...NAMES, ...ROW_NUMBERS });
  const lines = [
    columns.map(([name]) => name),
    ...rows.map((row) => columns.map(([, read]) => cell(read(row)))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(Math.round(value * 1e6) / 1e6);
  // A spreadsheet runs what begins like a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
