import { execFileSync } from 'node:child_process';
import { type ReceiverMode, ReceiverPool, type StreamArrival } from '../src/index.js';
import { encodeFixtureCall, encodeHybridCall, type MaterialPacket } from './material.js';

const SAMPLE_RATE_HZ = 16_000;
const STREAMS = 120;
const TICK_US = 10_000;
/** Half a minute: a stream that comes and goes has used by then what it will use of the memory that was set aside for it. */
const TICKS = 3000;
const TICKS_A_PACKET = 2;
/** Of a lossy network: every so many packets one comes late, and one never, so that repair has had its memory too. */
const LATE_EVERY = 20;
const LATE_TICKS = 30;
const LOST_EVERY = 33;

type MemoryNetwork = 'clean' | 'lossy';
type MemoryVoice = 'wideband' | 'hybrid';

/** Resident memory of a stream of a pool after half a minute, bytes. In a process of its own: freed memory would be used again. */
export function measurePoolMemory(
  mode: ReceiverMode,
  network: MemoryNetwork,
  voice: MemoryVoice,
): number {
  const child = [import.meta.filename, mode, network, voice];
  return Number(execFileSync(process.execPath, child, { encoding: 'utf8' }));
}

/** What the process grows by, without JavaScript's heap. */
function growthOfStream(mode: ReceiverMode, network: MemoryNetwork, voice: MemoryVoice): number {
  const material = voice === 'hybrid' ? encodeHybridCall() : encodeFixtureCall();
  const pool = new ReceiverPool({ maxStreams: STREAMS });
  serve(pool, mode, network, 1, material); // The code's own first use of memory.
  const before = residentBytes();
  serve(pool, mode, network, STREAMS - 1, material);
  return (residentBytes() - before) / (STREAMS - 1);
}

function serve(
  pool: ReceiverPool,
  mode: ReceiverMode,
  network: MemoryNetwork,
  count: number,
  material: readonly MaterialPacket[],
): void {
  const ids = Array.from({ length: count }, () => pool.add({ sampleRateHz: SAMPLE_RATE_HZ, mode }));
  for (let tick = 0; tick < TICKS; tick++) {
    const arrivalUs = tick * TICK_US;
    const arrivals: StreamArrival[] = [];
    for (const [i, stream] of ids.entries()) {
      for (const { packet } of arrivingAt(tick - (i % TICKS_A_PACKET), i, network, material)) {
        arrivals.push({ stream, data: packet, arrivalUs });
      }
    }
    pool.push(arrivals);
    pool.drain(arrivalUs, () => {});
    pool.pull10ms(arrivalUs, () => {});
  }
}

/** What comes in a tick of a talk that begins with the packet `first` of the material. */
function arrivingAt(
  tick: number,
  first: number,
  network: MemoryNetwork,
  material: readonly MaterialPacket[],
): MaterialPacket[] {
  const numbers: number[] = [];
  const now = numberSentAt(tick);
  if (now !== undefined && (network === 'clean' || !(isLate(now) || isLost(now)))) {
    numbers.push(now);
  }
  const late = numberSentAt(tick - LATE_TICKS);
  if (late !== undefined && network === 'lossy' && isLate(late)) numbers.push(late);
  return numbers.flatMap((number) => material[first + number] ?? []);
}

function numberSentAt(tick: number): number | undefined {
  return tick >= 0 && tick % TICKS_A_PACKET === 0 ? tick / TICKS_A_PACKET : undefined;
}

function isLate(number: number): boolean {
  return number % LATE_EVERY === LATE_EVERY - 1;
}

function isLost(number: number): boolean {
  return number % LOST_EVERY === LOST_EVERY - 1;
}

function residentBytes(): number {
  const { rss, heapTotal } = process.memoryUsage();
  return rss - heapTotal;
}

if (process.argv[1] === import.meta.filename) {
  const [, , mode, network, voice] = process.argv;
  console.log(growthOfStream(mode as ReceiverMode, network as MemoryNetwork, voice as MemoryVoice));
}
