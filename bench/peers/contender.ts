import type { CpuReading } from './cpu.js';

/** A piece of audio and when it was handed out, µs of the machine's monotonic clock. */
export interface OutputChunk {
  readonly outUs: number;
  readonly sampleRateHz: number;
  readonly pcm: Int16Array;
}

/** What a receiver says about itself, in one vocabulary. */
export interface Counters {
  readonly packetsReceived: number;
  /** Audio that concealment made up, of all, 0..1. */
  readonly concealedRatio: number;
  /** Frames that were played from in-band copies. */
  readonly fecPacketsUsed: number;
  /** Audio inserted and removed by time stretching, of all, 0..1. */
  readonly insertedRatio: number;
  readonly removedRatio: number;
  /** Mean time from a sample's packet to its output, ms. */
  readonly bufferDelayMs: number;
}

export interface Outcome {
  readonly counters: Counters;
  readonly chunks: readonly OutputChunk[];
}

/** A receiver that was started, once for each network. */
export interface OpenContender {
  /** Sends an RTP packet to it at once. */
  send(packet: Uint8Array): void;
  /** CPU used so far; undefined where the system does not tell. */
  cpu(): Promise<CpuReading | undefined>;
  /** Takes the counters, as the last packet has just gone out. */
  readCounters(): Promise<Counters>;
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

/** The reason why a contender cannot take part. */
export class Unavailable extends Error {}
