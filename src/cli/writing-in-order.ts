import { isWrittenAside } from '../replay/output-file.js';
import { endedInOrder } from './ended-by-signal.js';

/**
 * Runs a job that writes files. Where nothing of them would have to be taken away, as from a pipe, a signal does what it does
 * anyway.
 *
 * @throws as `endedInOrder`
 */
export function writingInOrder<Result>(
  files: readonly string[],
  job: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return files.some(isWrittenAside) ? endedInOrder(job) : job(new AbortController().signal);
}
