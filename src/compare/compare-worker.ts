import type { CaptureReading } from './call.js';
import { runTask } from './task.js';
import type { TaskReport, WorkerRequest } from './worker-messages.js';

const send = process.send?.bind(process);
if (send === undefined) throw new Error('compare-worker runs in a process of a comparison only');

// Ctrl-C goes to all processes of a terminal; the one that started this one ends it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

let reading: CaptureReading = {};
process.on('message', async (request: WorkerRequest) => {
  if (request.type === 'reading') {
    reading = request.reading;
    return;
  }
  let report: TaskReport;
  try {
    report = { type: 'rows', rows: await runTask(request.task, reading) };
  } catch (error) {
    report = { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
  send(report);
});
