import { OpusDecoder, ReceiverPool, type StreamArrival, type StreamId } from '../src/index.js';
import type { MaterialPacket } from './material.js';

const SAMPLE_RATE_HZ = 16_000;
const STREAMS = 200;
const TICK_US = 10_000;
const TICKS_A_PACKET = 2;
// Both sides take turns this often, so that a slow machine slows both.
const TICKS_A_TURN = 20;
const TURNS = 40;
const WARM_UP_TURNS = 5;
const PACKETS_A_SECOND = 50;

export interface PoolCost {
  readonly streams: number;
  /** Streams in real time on one core: what the pool bears over what bare `opus_decode` does, median of the turns. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  readonly poolStreams: number;
  readonly decodeStreams: number;
}

/** Serves many streams by one push and one drain each 10 ms, and decodes the same packets in the same order. */
export function measurePoolCost(material: readonly MaterialPacket[]): PoolCost {
  const pool = new ReceiverPool({ maxStreams: STREAMS });
  const streams = Array.from({ length: STREAMS }, (_, i) => ({
    id: pool.add({ sampleRateHz: SAMPLE_RATE_HZ }),
    decoder: new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ }),
    firstPacket: i * 5,
    phaseTicks: i % TICKS_A_PACKET,
  }));
  const packetAt = (stream: (typeof streams)[number], tick: number): MaterialPacket | undefined => {
    const ticks = tick - stream.phaseTicks;
    return ticks >= 0 && ticks % TICKS_A_PACKET === 0
      ? material[stream.firstPacket + ticks / TICKS_A_PACKET]
      : undefined;
  };
  const pcm = new Int16Array((SAMPLE_RATE_HZ * 120) / 1000);
  let packets = 0;
  let frames = 0;
  const count = (_stream: StreamId): void => {
    frames++;
  };
  const decode = (tick: number): void => {
    for (const stream of streams) {
      const packet = packetAt(stream, tick);
      if (packet !== undefined) stream.decoder.decodeInto(packet.payload, pcm);
    }
  };
  const receive = (tick: number): void => {
    const arrivals: StreamArrival[] = [];
    const arrivalUs = tick * TICK_US;
    for (const stream of streams) {
      const packet = packetAt(stream, tick);
      if (packet !== undefined) {
        arrivals.push({ stream: stream.id, data: packet.packet, arrivalUs });
      }
    }
    packets += arrivals.length;
    pool.push(arrivals);
    pool.drain(arrivalUs, count);
  };

  const turns: { decodeMs: number; poolMs: number }[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const decodeMs = timeOfTurn(decode, turn);
    const poolMs = timeOfTurn(receive, turn);
    if (turn >= WARM_UP_TURNS) turns.push({ decodeMs, poolMs });
  }
  pool.close();
  for (const { decoder } of streams) decoder.close();
  if (frames !== packets) throw new Error(`${frames} frames of ${packets} packets`);

  const ratios = turns.map(({ decodeMs, poolMs }) => decodeMs / poolMs).sort((a, b) => a - b);
  const packetsATurn = (STREAMS * TICKS_A_TURN) / TICKS_A_PACKET;
  const bearable = (timesMs: readonly number[]): number =>
    Math.round((1000 * packetsATurn) / (median(timesMs) * PACKETS_A_SECOND));
  return {
    streams: STREAMS,
    ratio: median(ratios),
    lowestRatio: ratios[0] ?? Number.NaN,
    highestRatio: ratios.at(-1) ?? Number.NaN,
    poolStreams: bearable(turns.map(({ poolMs }) => poolMs)),
    decodeStreams: bearable(turns.map(({ decodeMs }) => decodeMs)),
  };
}

function timeOfTurn(work: (tick: number) => void, turn: number): number {
  const begin = performance.now();
  for (let i = 0; i < TICKS_A_TURN; i++) work(turn * TICKS_A_TURN + i);
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
