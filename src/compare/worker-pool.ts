import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CaptureReading } from './call.js';
import type { CompareTask } from './task.js';
import type { TaskReport, WorkerRequest } from './worker-messages.js';

/** JavaScript memory of a worker, MB: a trace of 25 hours is 122 MB. */
const MAX_WORKER_MB = 768;
const WORKER = fileURLToPath(new URL('./compare-worker.js', import.meta.url));

/**
 * Runs tasks in worker processes, each one task at a time.
 *
 * Processes and not threads: a libopus of the user's that crashes takes its one task along and nothing else, and Node 20
 * aborts now and then when a thread ends whose code is still being optimised (IsolatePlatformDelegate, ForIsolate).
 *
 * @param onReport - is told of each task as it ends, in any order
 * @throws what `signal` was aborted with, when all workers have ended
 */
export async function runInWorkers(
  tasks: readonly CompareTask[],
  reading: CaptureReading,
  workers: number,
  onReport: (index: number, report: TaskReport) => void,
  signal?: AbortSignal,
): Promise<void> {
  const isAborted = (): boolean => signal?.aborted === true;
  let next = 0;
  const lane = async (): Promise<void> => {
    let worker: ChildProcess | undefined;
    while (next < tasks.length && !isAborted()) {
      const index = next++;
      worker ??= startWorker(reading);
      const report = await runOn(worker, tasks[index] as CompareTask, signal);
      if (isAborted()) break;
      onReport(index, report);
      if (!worker.connected) worker = undefined;
    }
    await end(worker);
  };
  await Promise.all(Array.from({ length: Math.min(workers, tasks.length) }, lane));
  signal?.throwIfAborted();
}

function startWorker(reading: CaptureReading): ChildProcess {
  // Flags of the host are not the worker's.
  const worker = fork(WORKER, [], {
    execArgv: [`--max-old-space-size=${MAX_WORKER_MB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // One that cannot be told has ended, as its task will find.
  worker.send({ type: 'reading', reading } satisfies WorkerRequest, () => undefined);
  return worker;
}

/** What became of the task; when the signal comes first, that it did not end. */
function runOn(
  worker: ChildProcess,
  task: CompareTask,
  signal: AbortSignal | undefined,
): Promise<TaskReport> {
  return new Promise((resolve) => {
    const settle = (report: TaskReport): void => {
      worker.off('message', settle).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      resolve(report);
    };
    const fail = (reason: string): void => settle({ type: 'failed', reason });
    const onError = (error: Error): void => fail(error.message);
    const onExit = (code: number | null, killer: string | null): void =>
      fail(`its worker ended with ${killer ?? `code ${code}`}`);
    const onAbort = (): void => fail('aborted');
    worker.on('message', settle).on('error', onError).on('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    worker.send({ type: 'task', task } satisfies WorkerRequest, () => {
      // A worker that cannot be told has ended or is about to, and its end says why.
      if (hasEnded(worker)) onExit(worker.exitCode, worker.signalCode);
    });
  });
}

async function end(worker: ChildProcess | undefined): Promise<void> {
  if (worker === undefined || hasEnded(worker)) return;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGKILL');
  await ended;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
