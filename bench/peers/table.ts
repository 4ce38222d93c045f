import type { Delay } from './alignment.js';
import type { Counters } from './contender.js';
import type { Punctuality, Schedule } from './schedule.js';

/** One contender on one network. */
export interface Row {
  readonly contender: string;
  readonly delay: Delay;
  readonly counters: Counters;
  readonly plcmos: number | undefined;
}

/** All contenders on one network. */
export interface NetworkResult {
  readonly network: string;
  readonly rows: readonly Row[];
}

/** CPU time per 10 ms of audio; undefined where the system does not tell. */
export interface CpuRow {
  readonly contender: string;
  readonly audioUs: number | undefined;
  readonly wholeUs: number | undefined;
  readonly covers: string;
}

const HEADINGS = [
  'contender',
  'delay mean',
  'p95',
  'found',
  'buffer delay',
  'concealed',
  'FEC used',
  'inserted',
  'removed',
  'PLCMOS',
];

/** A network and what became of the trace on it, as a Markdown table. */
export function networkTable(
  { network, arrivals, lostPackets }: Schedule,
  { p95Ms, maxMs }: Punctuality,
  rows: readonly Row[],
): string {
  const sent = arrivals.length + lostPackets;
  const lines = rows.map(({ contender, delay, counters, plcmos }) => [
    contender,
    `${delay.meanMs.toFixed(1)} ms`,
    `${delay.p95Ms.toFixed(1)} ms`,
    percent(delay.foundRatio),
    `${bufferDelayMs(counters).toFixed(1)} ms`,
    percent(ratioOf(counters, 'concealedSamples')),
    String(counters.fecFramesPlayed),
    percent(ratioOf(counters, 'insertedSamplesForDeceleration')),
    percent(ratioOf(counters, 'removedSamplesForAcceleration')),
    plcmos === undefined ? '–' : plcmos.toFixed(2),
  ]);
  return [
    `### ${network}`,
    '',
    `${lostPackets} of ${sent} packets lost; schedule kept within ${p95Ms.toFixed(2)} ms (p95), ${maxMs.toFixed(2)} ms (worst).`,
    '',
    markdown(HEADINGS, lines),
  ].join('\n');
}

/** Delay, concealment and quality of all on all networks, a row for each network. */
export function summaryTable(results: readonly NetworkResult[]): string {
  const contenders = results[0]?.rows.map(({ contender }) => contender) ?? [];
  const cell = ({ delay, counters, plcmos }: Row): string =>
    [
      `${delay.meanMs.toFixed(0)} / ${delay.p95Ms.toFixed(0)} ms`,
      percent(ratioOf(counters, 'concealedSamples')),
      ...(plcmos === undefined ? [] : [plcmos.toFixed(2)]),
    ].join(' · ');
  return markdown(
    ['network', ...contenders],
    results.map(({ network, rows }) => [network, ...rows.map(cell)]),
  );
}

/** What each contender takes of a core while audio comes in. */
export function cpuTable(rows: readonly CpuRow[]): string {
  const us = (value: number | undefined): string =>
    value === undefined ? '–' : `${value.toFixed(0)} µs`;
  return markdown(
    ['contender', 'audio, per 10 ms', 'whole, per 10 ms', 'covers'],
    rows.map(({ contender, audioUs, wholeUs, covers }) => [
      contender,
      us(audioUs),
      us(wholeUs),
      covers,
    ]),
  );
}

/** Samples of a kind, of all that were handed out. */
function ratioOf(
  counters: Counters,
  kind: 'concealedSamples' | 'insertedSamplesForDeceleration' | 'removedSamplesForAcceleration',
): number {
  return counters[kind] / counters.totalSamplesReceived;
}

/** What the receiver itself says: from a sample's packet to its output, in the mean. */
function bufferDelayMs({ jitterBufferDelay, jitterBufferEmittedCount }: Counters): number {
  return (1000 * jitterBufferDelay) / jitterBufferEmittedCount;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function markdown(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
