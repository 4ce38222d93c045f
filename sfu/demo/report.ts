import type { StagePercentiles } from '../room-events.js';
import type { CallRecord } from './call-record.js';
import type { PublisherReport } from './publisher.js';
import { bar, type Paint, type Piece, wrap } from './terminal.js';
import { type AlignedWord, alignWords, wordErrorRatio, wordsOf } from './word-error-rate.js';

const COLUMNS = 80;
/** What a bad network may cost; one sentence of the call lost as a whole is a tenth of its words. */
export const WORD_ERROR_LIMIT = 0.08;

const STAGE_MEANINGS: Readonly<Record<string, string>> = {
  capture: 'one Opus frame and look-ahead',
  uplink: 'sender and network',
  engine: 'order, and waiting at a hole',
  decode: 'samples to the server',
  chunk: 'gathering for the recognizer',
};

export interface DemoOutcome {
  readonly record: CallRecord;
  readonly publisher: PublisherReport;
  /** The sentences that were spoken. */
  readonly said: readonly string[];
}

/** What is wrong with the outcome, one line each; none when the demo passed. */
export function faultsOf({ record, said }: DemoOutcome): string[] {
  const faults: string[] = [];
  const { stats, failure, text } = record;
  const total = stats?.ledger.total;
  if (failure !== undefined) faults.push(`the recognizer failed: ${failure}`);
  if (stats === undefined || total === undefined) faults.push('no latency was measured');
  else if (total.p95 > stats.budgetMs) {
    faults.push(
      `p95 of the latency is ${ms(total.p95)} ms, over the budget of ${stats.budgetMs} ms`,
    );
  }
  const heard = wordsOf(text);
  const ratio = wordErrorRatio(alignWords(wordsOf(said.join(' ')), heard));
  if (heard.length === 0) faults.push('no word was recognized');
  else if (ratio > WORD_ERROR_LIMIT) {
    faults.push(`the word error rate is ${percent(ratio)}, over ${percent(WORD_ERROR_LIMIT)}`);
  }
  return faults;
}

/** Everything that was measured, for a terminal of 80 columns. */
export function formatReport(outcome: DemoOutcome, paint: Paint): string {
  return [
    formatLatency(outcome, paint),
    formatShares(outcome, paint),
    formatWords(outcome, paint),
  ].join('\n\n');
}

function formatLatency({ record, publisher }: DemoOutcome, paint: Paint): string {
  const { stats } = record;
  if (stats === undefined) return 'No latency was measured.';
  const { total, ...stages } = stats.ledger;
  const row = (name: string, meaning: string, { p50, p95, p99 }: StagePercentiles): string =>
    `  ${name.padEnd(9)}${meaning.padEnd(34)}${[p50, p95, p99].map((v) => ms(v).padStart(9)).join('')}`;
  const head = `${'Latency from capture to recognizer, ms'.padEnd(45)}${'p50'.padStart(9)}${'p95'.padStart(9)}${'p99'.padStart(9)}`;
  const lines = [paint('bold', head)];
  for (const [stage, times] of Object.entries(stages)) {
    lines.push(row(stage, STAGE_MEANINGS[stage] ?? '', times));
  }
  if (total !== undefined) {
    const ink = total.p95 <= stats.budgetMs ? 'green' : 'red';
    lines.push(paint(ink, row('total', `of ${stats.budgetMs}`, total)));
    const barColumns = 58;
    const filled = bar(total.p95 / stats.budgetMs, barColumns);
    lines.push(
      `  p95      ${paint(ink, filled)}${paint('dim', '·'.repeat(Math.max(0, barColumns - filled.length)))}| ${stats.budgetMs} ms`,
    );
  }
  const measured = stats.measuredUplinkRatio;
  if (measured !== undefined) {
    lines.push(
      paint(
        'dim',
        `  The uplink was measured for ${percent(measured)} of the frames, else assumed.`,
      ),
    );
  }
  const sorted = [...publisher.uplinkMs].sort((a, b) => a - b);
  const at = (share: number): string =>
    ms(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  lines.push(
    paint(
      'dim',
      `  The network's own record of the uplink: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)} ms.`,
    ),
  );
  return lines.join('\n');
}

function formatShares({ record, publisher }: DemoOutcome, paint: Paint): string {
  const { sent, lost } = publisher;
  const lines = [
    paint('bold', 'What the audio was made of') +
      paint('dim', `   ${lost} of ${sent} packets were lost (${percent(lost / sent)})`),
  ];
  for (const [provenance, share] of record.shares) {
    const ink = provenance === 'plc' ? 'red' : provenance === 'received' ? 'dim' : 'yellow';
    lines.push(
      `  ${provenance.padEnd(9)}${percent(share).padStart(7)}  ${paint(ink, bar(share, 58))}`,
    );
  }
  if (record.droppedEvents > 0) {
    lines.push(`  This watcher was too slow and missed ${record.droppedEvents} events.`);
  }
  return lines.join('\n');
}

function formatWords({ record, said }: DemoOutcome, paint: Paint): string {
  const aligned = alignWords(wordsOf(said.join(' ')), wordsOf(record.text));
  const lines = [paint('bold', 'What was said, and what was recognized')];
  for (const sentence of bySentence(aligned, said)) {
    const saidPieces = sentence.flatMap((word) =>
      word.said === undefined
        ? []
        : [piece(word.said, word.kind === 'same' ? undefined : 'yellow', paint)],
    );
    lines.push(wrap('  said   ', saidPieces, COLUMNS));
    const same = sentence.every((word) => word.kind === 'same');
    const heardPieces = sentence.map((word) =>
      word.kind === 'same'
        ? piece(word.heard, undefined, paint)
        : piece(`[${word.heard ?? '-'}]`, 'red', paint),
    );
    lines.push(
      same ? paint('green', '  heard  the same') : wrap('  heard  ', heardPieces, COLUMNS),
    );
  }
  const count = (kind: AlignedWord['kind']): number =>
    aligned.filter((word) => word.kind === kind).length;
  const ratio = wordErrorRatio(aligned);
  const summary = `Word error rate ${percent(ratio)} of ${wordsOf(said.join(' ')).length} words (${count('substituted')} substituted, ${count('deleted')} missing, ${count('inserted')} added)`;
  lines.push(`  ${paint(ratio <= WORD_ERROR_LIMIT ? 'green' : 'red', summary)}`);
  return lines.join('\n');
}

/** Cuts an alignment where the spoken sentences end. */
function bySentence(aligned: readonly AlignedWord[], said: readonly string[]): AlignedWord[][] {
  const sentences: AlignedWord[][] = said.map(() => []);
  let index = 0;
  let left = wordsOf(said[0] ?? '').length;
  for (const word of aligned) {
    while (word.said !== undefined && left === 0 && index < said.length - 1) {
      index += 1;
      left = wordsOf(said[index] ?? '').length;
    }
    sentences[index]?.push(word);
    if (word.said !== undefined) left -= 1;
  }
  return sentences;
}

function piece(text: string, ink: 'yellow' | 'red' | undefined, paint: Paint): Piece {
  return { text: ink === undefined ? text : paint(ink, text), columns: text.length };
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function ms(value: number): string {
  return value.toFixed(1);
}
