import type { CpuReading } from './cpu.js';

/** A piece of audio and when it was handed out, µs of the machine's monotonic clock. */
export interface OutputChunk {
  readonly outUs: number;
  readonly sampleRateHz: number;
  readonly pcm: Int16Array;
}

/** What a receiver counts since it was opened, by the names and units of W3C webrtc-stats `inbound-rtp`. */
export interface Counters {
  readonly packetsReceived: number;
  readonly totalSamplesReceived: number;
  readonly concealedSamples: number;
  readonly insertedSamplesForDeceleration: number;
  readonly removedSamplesForAcceleration: number;
  readonly jitterBufferDelay: number;
  readonly jitterBufferEmittedCount: number;
  /** Frames that were played from in-band copies; webrtc-stats has only the copies that came. */
  readonly fecFramesPlayed: number;
}

/** A receiver that was started, once for each network. */
export interface OpenContender {
  /** Of what does the receiving. */
  readonly version: string;
  /** Sends an RTP packet to it at once. */
  send(packet: Uint8Array): void;
  /** CPU used so far; undefined where the system does not tell. */
  cpu(): Promise<CpuReading | undefined>;
  readCounters(): Promise<Counters>;
  /** The last packet has gone out: nothing that is concealed from now on counts. */
  finish(): Promise<Counters>;
  /** Everything that it handed out. */
  readOutput(): Promise<readonly OutputChunk[]>;
  close(): Promise<void>;
}

/** A receiver to compare. */
export interface Contender {
  readonly name: string;
  /** What its two CPU figures cover. */
  readonly cpuCovers: string;
  /** @throws {Unavailable} when this machine lacks what it needs */
  open(): Promise<OpenContender>;
}

/** What was counted between two readings. */
export function countersBetween(before: Counters, after: Counters): Counters {
  const names = Object.keys(after) as (keyof Counters)[];
  const entries = names.map((name) => [name, after[name] - before[name]] as const);
  return Object.fromEntries(entries) as unknown as Counters;
}

/** The reason why a contender cannot take part. */
export class Unavailable extends Error {}
