import { availableParallelism } from 'node:os';
import { SrtpDecryption } from '../capture/srtp-decryption.js';
import { checkNames, checkRange } from '../errors.js';
import { resolveReceiverOptions } from '../receiver/options.js';
import type { CaptureReading } from './call.js';
import { type CompareMatrix, combine } from './configuration.js';
import type { CompareFailure, CompareRow } from './row.js';
import type { CompareTask } from './task.js';
import { runInWorkers } from './worker-pool.js';

export interface CompareOptions extends CompareMatrix, CaptureReading {
  /** Worker processes, 1..256. @defaultValue as many as there are cores */
  readonly workers?: number;
  /** Told after each task. */
  readonly onProgress?: (done: number, total: number, capture: string) => void;
  /** Ends the comparison early with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Same captures and options, same result, whatever the number of workers. */
export interface Comparison {
  readonly rows: readonly CompareRow[];
  /** Calls and configurations that gave no row; the others are not touched by them. */
  readonly failures: readonly CompareFailure[];
}

const NAMES = [
  'mode',
  'sampleRateHz',
  'deadlineMs',
  'eagerness',
  'maxDelayMs',
  'libopus',
  'nackRttMs',
  'network',
  'seed',
  'redDistance',
  'ssrc',
  'codecs',
  'srtp',
  'speech',
  'workers',
  'onProgress',
  'signal',
];

/**
 * Plays each capture with each receiver, over each network, beside references that know the call or play it as others do.
 *
 * @param captures - paths, of WAV files too where a network is named
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`; whatever `signal` was aborted with
 */
export async function compare(
  captures: readonly string[],
  options: CompareOptions = {},
): Promise<Comparison> {
  checkNames('compare', options, NAMES);
  const { workers = availableParallelism(), onProgress, signal } = options;
  const { ssrc, codecs, srtp, speech } = options;
  if (ssrc !== undefined) checkRange('ssrc', ssrc, 0, 2 ** 32 - 1);
  if (codecs !== undefined) resolveReceiverOptions({ codecs });
  if (srtp !== undefined) new SrtpDecryption(srtp); // A key that is none is said before anything is read.
  checkRange('workers', workers, 1, 256);
  signal?.throwIfAborted();
  const { receivers, paths } = combine(options);
  const tasks: CompareTask[] = captures.flatMap((capture) =>
    paths.flatMap((path) =>
      [...receivers, undefined].map((receiver) => ({ capture, path, receiver })),
    ),
  );
  const rows: (readonly CompareRow[])[] = tasks.map(() => []);
  const reasons: (string | undefined)[] = tasks.map(() => undefined);
  let done = 0;
  await runInWorkers(
    tasks,
    { ssrc, codecs, srtp, speech },
    Math.floor(workers),
    (index, report) => {
      if (report.type === 'rows') rows[index] = report.rows;
      else reasons[index] = report.reason;
      onProgress?.(++done, tasks.length, tasks[index]?.capture ?? '');
    },
    signal,
  );
  return { rows: rows.flat(), failures: failuresOf(tasks, reasons) };
}

/** A call that none could play has one reason, not one for each receiver. */
function failuresOf(
  tasks: readonly CompareTask[],
  reasons: readonly (string | undefined)[],
): CompareFailure[] {
  const seen = new Set<string>();
  return tasks.flatMap(({ capture, path, receiver }, index) => {
    const reason = reasons[index];
    if (reason === undefined) return [];
    const key = JSON.stringify([capture, path, reason]);
    if (seen.has(key)) return [];
    seen.add(key);
    return {
      capture,
      network: path.network ?? null,
      seed: path.network === undefined ? null : path.seed,
      redDistance: path.redDistance,
      receiver: receiver ?? null,
      reason,
    };
  });
}
