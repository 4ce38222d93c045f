import type { ArrivalTrace } from '../analysis/arrival-trace.js';
import { EarshotError } from '../errors.js';
import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';

/** Lengths of Opus packets that one call of libopus makes, 48 kHz ticks. */
const OPUS_TICKS = [120, 240, 480, 960, 1920, 2880, 3840, 4800, 5760] as const;
/** A length of 30 or 90 ms is made of frames of 10 ms. */
const MULTIPLES_OF_10_MS = [1440, 4320] as const;
const LENGTHS: ReadonlySet<number> = new Set([...OPUS_TICKS, ...MULTIPLES_OF_10_MS]);
const USUAL_TICKS = 960;
/** Most sequence numbers between the first and the last packet of a trace. */
const MAX_SPAN = 1 << 25;
const BITS_PER_BYTE = 8;
/** Speech gains nothing beyond; L16 in a trace would ask for 512 kbit/s. */
const MAX_BITRATE_BPS = 64_000;
const MIN_BITRATE_BPS = 6000;
const USUAL_BITRATE_BPS = 24_000;

/** How long the packets of a trace are, by the steps of their timestamps. */
export interface TraceFrames {
  /** Sequence, as the trace counts, of the first packet sent. */
  readonly firstSequence: number;
  /** The length most packets have, 48 kHz ticks. */
  readonly usualTicks: number;
  /** What the trace's payloads come to, within 6000..64000 bit/s. */
  readonly bitrateBps: number;
  /** Length of a packet of audio, 48 kHz ticks. */
  ticksOf(sequence: number): number;
  /** Media position of a packet of audio that comes at some time, 48 kHz ticks. */
  positionOf(sequence: number): number | undefined;
}

/**
 * Reads the packets' lengths from their timestamps. Where the next packet is not there, or comes after a pause, a packet is as
 * long as most.
 *
 * @throws {EarshotError} `EARSHOT_LIMIT_REACHED` for a trace over more than 2^25 numbers
 */
export function framesOf(trace: ArrivalTrace): TraceFrames {
  let [first, last] = [0, 0];
  for (const packet = trace.cursor(); packet.next(); ) {
    const { sequence } = packet;
    first = Math.min(first, sequence);
    last = Math.max(last, sequence);
  }
  if (last - first > MAX_SPAN) {
    throw new EarshotError(
      'EARSHOT_LIMIT_REACHED',
      `Speech can be given to ${MAX_SPAN} sequence numbers at most, the trace runs over ${last - first}`,
    );
  }
  const positions = new Float64Array(last - first + 1).fill(Number.NaN);
  for (const packet = trace.cursor(); packet.next(); ) {
    const { sequence, mediaTicks, content } = packet;
    if (content === 'audio') positions[sequence - first] = Math.round(mediaTicks);
  }

  const lengths = new Uint16Array(positions.length);
  const counts = new Map<number, number>();
  for (let i = 0; i < lengths.length; i++) {
    const step = (positions[i + 1] ?? Number.NaN) - (positions[i] ?? Number.NaN);
    if (!LENGTHS.has(step)) continue;
    lengths[i] = step;
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const usualTicks = [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? USUAL_TICKS;
  const ticksOf = (sequence: number): number => lengths[sequence - first] || usualTicks;
  return {
    firstSequence: first,
    usualTicks,
    bitrateBps: bitrateOf(trace, ticksOf),
    ticksOf,
    positionOf: (sequence) => {
      const ticks = positions[sequence - first] ?? Number.NaN;
      return Number.isNaN(ticks) ? undefined : ticks;
    },
  };
}

function bitrateOf(trace: ArrivalTrace, ticksOf: (sequence: number) => number): number {
  let [bits, ticks] = [0, 0];
  for (const packet = trace.cursor(); packet.next(); ) {
    const { sequence, content, payloadBytes } = packet;
    if (content !== 'audio' || payloadBytes === 0) continue; // 0 where the trace does not tell
    bits += payloadBytes * BITS_PER_BYTE;
    ticks += ticksOf(sequence);
  }
  if (ticks === 0) return USUAL_BITRATE_BPS;
  const bitrateBps = Math.round((bits * TICKS_PER_SECOND) / ticks);
  return Math.min(MAX_BITRATE_BPS, Math.max(MIN_BITRATE_BPS, bitrateBps));
}
