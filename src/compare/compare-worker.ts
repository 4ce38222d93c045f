import { runTask } from './task.js';
import type { TaskReport, TaskRequest } from './worker-messages.js';

const send = process.send?.bind(process);
if (send === undefined) throw new Error('compare-worker runs in a process of a comparison only');

// Ctrl-C goes to all processes of a terminal; the one that started this one ends it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

process.on('message', async ({ task }: TaskRequest) => {
  let report: TaskReport;
  try {
    report = { type: 'rows', rows: await runTask(task) };
  } catch (error) {
    report = { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
  send(report);
});
