import { Worker } from 'node:worker_threads';
import type { CompareTask } from './task.js';
import type { TaskReport, TaskRequest } from './worker-messages.js';

/** JavaScript memory of a worker, MB: a trace of 40 hours is 230 MB. */
const MAX_WORKER_MB = 768;

/**
 * Runs tasks in worker threads, each one task at a time; a thread that ends takes its task alone with it.
 *
 * @param onReport - is told of each task as it ends, in any order
 * @throws what `signal` was aborted with, when all threads have ended
 */
export async function runInWorkers(
  tasks: readonly CompareTask[],
  workers: number,
  onReport: (index: number, report: TaskReport) => void,
  signal?: AbortSignal,
): Promise<void> {
  const isAborted = (): boolean => signal?.aborted === true;
  let next = 0;
  const lane = async (): Promise<void> => {
    let worker: Worker | undefined;
    while (next < tasks.length && !isAborted()) {
      const index = next++;
      worker ??= startWorker();
      const report = await runOn(worker, { task: tasks[index] as CompareTask }, signal);
      if (report === undefined) {
        await worker.terminate();
        worker = undefined;
        if (!isAborted()) onReport(index, { type: 'failed', reason: 'its worker thread ended' });
        continue;
      }
      onReport(index, report);
    }
    await worker?.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(workers, tasks.length) }, lane));
  signal?.throwIfAborted();
}

function startWorker(): Worker {
  // execArgv: flags of the host are not the worker's.
  return new Worker(new URL('./compare-worker.js', import.meta.url), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_WORKER_MB },
  });
}

/** @returns undefined when the thread ended or the signal came before an answer */
function runOn(
  worker: Worker,
  request: TaskRequest,
  signal: AbortSignal | undefined,
): Promise<TaskReport | undefined> {
  return new Promise((resolve) => {
    const settle = (report: TaskReport | undefined): void => {
      worker.off('message', settle).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onExit);
      resolve(report);
    };
    const onError = (error: Error): void => settle({ type: 'failed', reason: error.message });
    const onExit = (): void => settle(undefined);
    worker.on('message', settle).on('error', onError).on('exit', onExit);
    signal?.addEventListener('abort', onExit);
    worker.postMessage(request);
  });
}
