import { describe, expect, it } from 'vitest';
import { frameLines, hear } from '../helpers/hear.js';
import { arrivalsOf, type Trace } from '../helpers/trace.js';
import {
  holdsForTraces,
  SEED,
  SEQUENCE_STARTS,
  TIMESTAMP_STARTS,
  traces,
} from '../helpers/trace-arbitrary.js';

const RUNS = 12;

/** What is heard of a trace, in times from its start. */
function linesOf(trace: Trace): string[] {
  return frameLines(hear(arrivalsOf(trace)).frames, trace.startUs);
}

function everyStartGivesTheSame<K extends keyof Trace>(
  field: K,
  starts: readonly Trace[K][],
): void {
  holdsForTraces(traces({ maxPackets: 40 }), RUNS, (trace) => {
    const usual = linesOf({ ...trace, [field]: starts[0] });
    for (const start of starts) expect(linesOf({ ...trace, [field]: start })).toEqual(usual);
  });
}

describe(`from both sides of every wrap (seed ${SEED})`, () => {
  it('it does not matter where sequence numbers start', () => {
    everyStartGivesTheSame('firstSequenceNumber', SEQUENCE_STARTS);
  });

  it('it does not matter where timestamps start', () => {
    everyStartGivesTheSame('firstTimestamp', TIMESTAMP_STARTS);
  });

  it('it does not matter where the clock starts', () => {
    everyStartGivesTheSame('startUs', [1000, 5_000_000, 5_000_001, 86_400_123_456, 2 ** 52]);
  });
});
