import type { CompareRow } from './row.js';
import type { CompareTask } from './task.js';

/** To a worker: a task at a time. */
export type TaskRequest = { readonly task: CompareTask };

/** From a worker: what became of the task. */
export type TaskReport =
  | { readonly type: 'rows'; readonly rows: readonly CompareRow[] }
  | { readonly type: 'failed'; readonly reason: string };
