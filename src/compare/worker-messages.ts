import type { CaptureReading } from './call.js';
import type { CompareRow } from './row.js';
import type { CompareTask } from './task.js';

/** To a worker: first what all its tasks share, then a task at a time. */
export type WorkerRequest =
  | { readonly type: 'reading'; readonly reading: CaptureReading }
  | { readonly type: 'task'; readonly task: CompareTask };

/** From a worker: what became of the task. */
export type TaskReport =
  | { readonly type: 'rows'; readonly rows: readonly CompareRow[] }
  | { readonly type: 'failed'; readonly reason: string };
