import { parentPort } from 'node:worker_threads';
import { runTask } from './task.js';
import type { TaskReport, TaskRequest } from './worker-messages.js';

const port = parentPort;
if (port === null) throw new Error('compare-worker runs in a worker thread only');

port.on('message', async ({ task }: TaskRequest) => {
  let report: TaskReport;
  try {
    report = { type: 'rows', rows: await runTask(task) };
  } catch (error) {
    report = { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(report);
});
