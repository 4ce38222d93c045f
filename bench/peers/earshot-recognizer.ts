import { Receiver } from '../../src/index.js';
import { countersOf, type Engine, hostEngine, type Visit } from './earshot-process.js';
import { TRACE_RATE_HZ } from './trace.js';

// Decodes at the rate at which the peers decode, though recognizers want 16 kHz.
const receiver = new Receiver({ mode: 'recognizer', sampleRateHz: TRACE_RATE_HZ });

let fecFrames = 0;

/** Hands out what came first; what a late packet repairs is a second version, which no player could use. */
function take(nowUs: number, visit: Visit): void {
  receiver.drain(nowUs, ({ version, provenance, pcm }) => {
    if (version > 0) return;
    if (provenance === 'fec') fecFrames++;
    visit(pcm);
  });
}

const engine: Engine = {
  sampleRateHz: TRACE_RATE_HZ,
  push(packet, nowUs, visit) {
    receiver.push([{ data: packet, arrivalUs: nowUs }]);
    take(nowUs, visit);
  },
  wakeupUs: () => receiver.nextWakeup(),
  wake: take,
  end(nowUs, visit) {
    receiver.end();
    take(nowUs, visit);
  },
  counters: () => ({ ...countersOf(receiver), fecFramesPlayed: fecFrames }),
};
hostEngine(engine);
