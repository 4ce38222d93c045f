import { Bench } from 'tinybench';
import { OpusDecoder, Receiver } from '../src/index.js';
import type { MaterialPacket } from './material.js';

const SAMPLE_RATE_HZ = 16_000;
const ROUNDS = 7;
const ROUND_MS = 300;

export interface EngineCost {
  /** Whole receiver over bare `opus_decode`, same packets, median of the rounds. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  readonly decodeNsPerPacket: number;
  readonly receiverNsPerPacket: number;
}

/** Times a receiver against the bare codec on the same packets, in turn, so that a slow machine slows both. */
export async function measureEngineCost(material: readonly MaterialPacket[]): Promise<EngineCost> {
  const rounds: { decodeNs: number; receiverNs: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bench = new Bench({ time: ROUND_MS, warmupTime: round === 0 ? ROUND_MS : 0 });
    bench.add('opus_decode', () => decodeAll(material));
    bench.add('receiver', () => receiveAll(material));
    await bench.run();
    rounds.push({
      decodeNs: medianNs(bench, 'opus_decode') / material.length,
      receiverNs: medianNs(bench, 'receiver') / material.length,
    });
  }
  const ratios = rounds.map((one) => one.receiverNs / one.decodeNs).sort((a, b) => a - b);
  return {
    ratio: median(ratios),
    lowestRatio: ratios[0] ?? Number.NaN,
    highestRatio: ratios.at(-1) ?? Number.NaN,
    decodeNsPerPacket: median(rounds.map((one) => one.decodeNs)),
    receiverNsPerPacket: median(rounds.map((one) => one.receiverNs)),
  };
}

function decodeAll(material: readonly MaterialPacket[]): void {
  const decoder = new OpusDecoder({ sampleRateHz: SAMPLE_RATE_HZ });
  const pcm = new Int16Array((SAMPLE_RATE_HZ * 120) / 1000);
  for (const { payload } of material) decoder.decodeInto(payload, pcm);
  decoder.close();
}

function receiveAll(material: readonly MaterialPacket[]): void {
  const receiver = new Receiver({ sampleRateHz: SAMPLE_RATE_HZ });
  let frames = 0;
  for (const { packet, arrivalUs } of material) {
    receiver.push([{ data: packet, arrivalUs }]);
    receiver.drain(arrivalUs, () => {
      frames++;
    });
  }
  receiver.close();
  if (frames !== material.length) throw new Error(`${frames} frames of ${material.length} packets`);
}

/** Median time of one run of a task, ns. */
export function medianNs(bench: Bench, name: string): number {
  const result = bench.getTask(name)?.result;
  if (result?.state !== 'completed') throw new Error(`${name} did not complete`);
  return result.latency.p50 * 1e6;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
