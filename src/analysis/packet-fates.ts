import type { ArrivalTrace, TracedPacket } from './arrival-trace.js';

/** `discarded` came, but too late to be what was handed out first (RFC 3611 4.7.1). */
export type PacketFate = 'received' | 'discarded' | 'lost';

/** Packets that followed one another in the sender's order and fared alike. */
export interface FateRun {
  readonly fate: PacketFate;
  readonly packets: number;
}

/**
 * What became of every sequence number from the first to the last, in the sender's order.
 *
 * Of two arrivals of one number the luckier counts.
 *
 * @param isUsed - whether a packet that came was in time
 */
export function fateRuns(
  trace: ArrivalTrace,
  isUsed: (packet: TracedPacket) => boolean,
): readonly FateRun[] {
  const [first, last] = firstAndLast(trace);
  // Two numbers a packet, so that one sort brings the luckier arrival to the front; in 32 bits where they are enough.
  const Keys = last - first < 2 ** 31 ? Uint32Array : Float64Array;
  const keys = new Keys(trace.length);
  let [packets, highest, isSorted] = [0, Number.NEGATIVE_INFINITY, true];
  for (const packet = trace.cursor(); packet.next(); ) {
    const key = (packet.sequence - first) * 2 + (isUsed(packet) ? 0 : 1);
    keys[packets++] = key;
    if (key < highest) isSorted = false;
    else highest = key;
  }
  if (!isSorted) keys.sort();

  const runs: { fate: PacketFate; packets: number }[] = [];
  const add = (fate: PacketFate, packets: number): void => {
    const last = runs.at(-1);
    if (last?.fate === fate) last.packets += packets;
    else runs.push({ fate, packets });
  };
  let previous: number | undefined;
  for (const key of keys) {
    const sequence = Math.floor(key / 2);
    if (sequence === previous) continue;
    const missing = previous === undefined ? 0 : sequence - previous - 1;
    if (missing > 0) add('lost', missing);
    add(key === sequence * 2 ? 'received' : 'discarded', 1);
    previous = sequence;
  }
  return runs;
}

function firstAndLast(trace: ArrivalTrace): readonly [number, number] {
  let [first, last] = [0, 0];
  for (const packet = trace.cursor(); packet.next(); ) {
    const { sequence } = packet;
    if (sequence < first) first = sequence;
    if (sequence > last) last = sequence;
  }
  return [first, last];
}

/** How many packets had this fate. */
export function countOf(runs: readonly FateRun[], fate: PacketFate): number {
  return runs.reduce((sum, run) => sum + (run.fate === fate ? run.packets : 0), 0);
}
