import { CutShort } from './byte-cursor.js';
import type { CaptureRecord } from './record.js';

/** Records kept back to put them in order; more than any multi-queue network card mixes up. */
const WINDOW_RECORDS = 1024;
/** The same in bytes, for a capture made of records of the largest size. */
const WINDOW_BYTES = 16 << 20;

/**
 * Gives records in the order of their times, equal times as they stand in the file.
 *
 * Capture files of several interfaces or queues are not sorted. A record that stands further from its place than the
 * window reaches comes as soon as it can; its time stays what it is.
 *
 * A cut of the file is thrown behind all that stands before it.
 *
 * @param onMoved - called for every record that does not stand in its place
 */
export function* inArrivalOrder(
  records: Iterable<CaptureRecord>,
  windowRecords: number = WINDOW_RECORDS,
  onMoved: () => void = () => {},
): Generator<CaptureRecord> {
  const waiting: CaptureRecord[] = [];
  let first = 0;
  let waitingBytes = 0;
  let cut: CutShort | undefined;
  try {
    for (const record of records) {
      let at = waiting.length;
      while (at > first && timeAt(waiting, at - 1) > record.timeUs) at--;
      if (at === waiting.length) waiting.push(record);
      else {
        waiting.splice(at, 0, record);
        onMoved();
      }
      waitingBytes += record.length;

      while (waiting.length - first > windowRecords || waitingBytes > WINDOW_BYTES) {
        const next = waiting[first++];
        if (next === undefined) break;
        waitingBytes -= next.length;
        yield next;
      }
      if (first >= windowRecords) {
        waiting.splice(0, first);
        first = 0;
      }
    }
  } catch (error) {
    // The file ends here, and what waits stands before its end.
    if (!(error instanceof CutShort)) throw error;
    cut = error;
  }
  yield* waiting.slice(first);
  if (cut !== undefined) throw cut;
}

function timeAt(records: readonly CaptureRecord[], at: number): number {
  return records[at]?.timeUs ?? Number.NEGATIVE_INFINITY;
}
