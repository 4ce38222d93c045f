import { type ReceiverMode, ReceiverPool, type StreamArrival } from '../src/index.js';
import type { MaterialPacket } from './material.js';

const SAMPLE_RATE_HZ = 16_000;
const STREAMS = 500;
const TICK_US = 10_000;
const TICKS = 500;
const TICKS_A_PACKET = 2;
/** Every so many packets one comes late, and one does not come: so that repair has had its memory, too. */
const LATE_EVERY = 20;
const LATE_TICKS = 30;
const LOST_EVERY = 33;

/**
 * Resident memory of a stream of a pool after 5 s, bytes: what the process has grown by, without JavaScript's heap.
 */
export function measurePoolMemory(mode: ReceiverMode, material: readonly MaterialPacket[]): number {
  const pool = new ReceiverPool({ maxStreams: STREAMS });
  serve(pool, mode, 1, material); // The code's own first use of memory.
  const before = residentBytes();
  serve(pool, mode, STREAMS - 1, material);
  const bytes = (residentBytes() - before) / (STREAMS - 1);
  pool.close();
  return bytes;
}

function serve(
  pool: ReceiverPool,
  mode: ReceiverMode,
  count: number,
  material: readonly MaterialPacket[],
): void {
  const ids = Array.from({ length: count }, () => pool.add({ sampleRateHz: SAMPLE_RATE_HZ, mode }));
  for (let tick = 0; tick < TICKS; tick++) {
    const arrivalUs = tick * TICK_US;
    const arrivals: StreamArrival[] = [];
    for (const [i, stream] of ids.entries()) {
      for (const { packet } of arrivingAt(tick - (i % TICKS_A_PACKET), i, material)) {
        arrivals.push({ stream, data: packet, arrivalUs });
      }
    }
    pool.push(arrivals);
    pool.drain(arrivalUs, () => {});
    pool.pull10ms(arrivalUs, () => {});
  }
}

function arrivingAt(
  tick: number,
  first: number,
  material: readonly MaterialPacket[],
): MaterialPacket[] {
  const isLate = (at: number): boolean => at % LATE_EVERY === LATE_EVERY - 1;
  const sentAt = (sentTick: number): number =>
    sentTick >= 0 && sentTick % TICKS_A_PACKET === 0 ? sentTick / TICKS_A_PACKET : -1;
  const now = sentAt(tick);
  const late = sentAt(tick - LATE_TICKS);
  const numbers: number[] = [];
  if (now >= 0 && !isLate(now) && now % LOST_EVERY !== LOST_EVERY - 1) numbers.push(now);
  if (late >= 0 && isLate(late)) numbers.push(late);
  return numbers.flatMap((at) => material[first + at] ?? []);
}

function residentBytes(): number {
  const { rss, heapTotal } = process.memoryUsage();
  return rss - heapTotal;
}
