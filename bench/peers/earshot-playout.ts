import { Receiver, systemClock } from '../../src/index.js';
import { countersOf, type Engine, hostEngine } from './earshot-process.js';
import { TRACE_RATE_HZ } from './trace.js';

const TICK_US = 10_000;

const receiver = new Receiver({ mode: 'playout', sampleRateHz: TRACE_RATE_HZ });

let nextUs = systemClock.nowUs();
let fecMs = 0;

const engine: Engine = {
  sampleRateHz: TRACE_RATE_HZ,
  push: (packet, nowUs) => receiver.push([{ data: packet, arrivalUs: nowUs }]),
  wakeupUs: () => nextUs,
  wake(nowUs, visit) {
    for (; nextUs <= nowUs; nextUs += TICK_US) {
      const { pcm, provenance } = receiver.pull10ms(nextUs);
      if (provenance === 'fec') fecMs += 10;
      visit(pcm);
    }
  },
  end: () => {},
  // In frames of 20 ms, as the others count.
  counters: () => ({ ...countersOf(receiver), fecFramesPlayed: Math.round(fecMs / 20) }),
};
hostEngine(engine);
