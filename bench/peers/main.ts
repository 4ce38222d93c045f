// Sends one call in real time to Earshot and to real peers, and prints what came of it: `npm run bench:libwebrtc`.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/index.js';
import { measureDelay } from './alignment.js';
import { chromium } from './chromium.js';
import { type Contender, countersBetween, type OutputChunk, Unavailable } from './contender.js';
import { earshotPlayout, earshotRecognizer } from './earshot.js';
import { libwebrtc } from './libwebrtc.js';
import { openPlcmos } from './plcmos.js';
import { decimate, joinOutput, toFloat } from './resample.js';
import { AS_CAPTURED, keepSchedule, NETWORKS, type Schedule, schedule } from './schedule.js';
import {
  type CpuRow,
  cpuTable,
  type NetworkResult,
  networkTable,
  type Row,
  summaryTable,
} from './table.js';
import { shorten, type Trace, traceOfCapture, traceOfWav } from './trace.js';

const CONTENDERS: readonly Contender[] = [libwebrtc, chromium, earshotPlayout, earshotRecognizer];
/** Sound outputs run for a while before the first packet comes, as they do in a call. */
const LEAD_US = 500_000;
/** libwebrtc M106 counts the silence before the first packet as concealed once that packet is there. */
const UNCOUNTED_PACKETS = 20;
/** What is still in a buffer when the last packet came is waited for. */
const DRAIN_MS = 1500;
const CPU_MS = 10_000;

const { values: flags } = parseArgs({
  options: {
    wav: { type: 'string', default: 'fixtures/speech/call.wav' },
    capture: { type: 'string' },
    networks: { type: 'string' },
    contenders: { type: 'string' },
    seed: { type: 'string', default: '11' },
  },
});
const trace = flags.capture === undefined ? traceOfWav(flags.wav) : traceOfCapture(flags.capture);
const networks = flags.networks?.split(',').map((name) => name.trim()) ?? [
  ...(trace.arrived === undefined ? Object.keys(NETWORKS) : [AS_CAPTURED]),
];
const schedules = networks.map((network) => schedule(trace, network, Number(flags.seed)));
const clean = decimate(toFloat(trace.clean), 3);
const scorer = await openPlcmos();

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}; ${trace.name}, ` +
    `${(trace.durationMs / 1000).toFixed(1)} s, ${trace.sent.length} packets, seed ${flags.seed}\n`,
);
if (typeof scorer === 'string') console.log(`No PLCMOS: ${scorer}.\n`);

const running = await findRunning();
const results: NetworkResult[] = [];
for (const one of schedules) results.push({ network: one.network, rows: await compare(one) });
console.log(`### All networks\n\n${summaryTable(results)}\n`);
await measureCpu();

/** Those of the contenders that this machine has; the others are named with the reason. */
async function findRunning(): Promise<readonly Contender[]> {
  const wanted = flags.contenders?.split(',').map((name) => name.trim());
  const found: Contender[] = [];
  for (const contender of CONTENDERS) {
    if (wanted !== undefined && !wanted.includes(contender.name)) continue;
    try {
      const opened = await contender.open();
      await opened.close();
      found.push(contender);
      console.log(`${contender.name}: ${opened.version}`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`${contender.name}: skipped, ${error.message}`);
    }
  }
  console.log();
  return found;
}

/** All contenders at once on one network. */
async function compare(one: Schedule): Promise<readonly Row[]> {
  const opened = await Promise.all(
    running.map(async (contender) => ({ name: contender.name, receiver: await contender.open() })),
  );
  const send = (packet: Uint8Array): void => {
    for (const { receiver } of opened) receiver.send(packet);
  };
  const startUs = systemClock.nowUs() + LEAD_US;
  await keepSchedule(one.arrivals.slice(0, UNCOUNTED_PACKETS), startUs, send);
  const started = Promise.all(
    opened.map(async (run) => ({ ...run, before: await run.receiver.readCounters() })),
  );
  const punctuality = await keepSchedule(one.arrivals.slice(UNCOUNTED_PACKETS), startUs, send);
  const finished = await Promise.all(
    (await started).map(async (run) => ({ ...run, after: await run.receiver.finish() })),
  );
  await sleep(DRAIN_MS);
  const rows: Row[] = [];
  for (const { name, receiver, before, after } of finished) {
    const chunks = await receiver.readOutput();
    await receiver.close();
    const measured = await measure(one, startUs, chunks);
    rows.push({ contender: name, counters: countersBetween(before, after), ...measured });
  }
  console.log(`${networkTable(one, punctuality, rows)}\n`);
  return rows;
}

/** What can be told from the audio alone, in the same way for every contender. */
async function measure(
  { leastDelayUs }: Schedule,
  startUs: number,
  chunks: readonly OutputChunk[],
): Promise<Pick<Row, 'delay' | 'plcmos'>> {
  const output = joinOutput(chunks, startUs);
  // A packet is sent once its last sample was captured: its first one could be played then.
  const lineUs = startUs + (trace.sent[0]?.atUs ?? 0) + leastDelayUs;
  const delay = measureDelay(clean, output, lineUs);
  const heard = output.pcm.subarray(delay.firstSample, delay.endSample);
  const plcmos = typeof scorer === 'string' ? undefined : await scorer(heard);
  return { delay, plcmos };
}

/** One contender after the other, with the machine to itself, on a clean network. */
async function measureCpu(): Promise<void> {
  const short: Trace = shorten(trace, CPU_MS);
  const one = schedule(short, trace.arrived === undefined ? 'clean' : AS_CAPTURED, 0);
  const tensOfMs = short.durationMs / 10;
  const rows: CpuRow[] = [];
  for (const contender of running) {
    const opened = await contender.open();
    await sleep(LEAD_US / 1000);
    const before = await opened.cpu();
    await keepSchedule(one.arrivals, systemClock.nowUs(), (packet) => opened.send(packet));
    const after = await opened.cpu();
    await opened.close();
    const per10Ms = (from: number | undefined, to: number | undefined): number | undefined =>
      to === undefined ? undefined : (to - (from ?? 0)) / tensOfMs;
    rows.push({
      contender: contender.name,
      audioUs: per10Ms(before?.audioUs, after?.audioUs),
      wholeUs: per10Ms(before?.wholeUs, after?.wholeUs),
      covers: contender.cpuCovers,
    });
  }
  console.log(`### CPU\n\n${cpuTable(rows)}`);
}
