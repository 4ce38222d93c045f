import type { PacketCursor } from '../capture/packet-cursor.js';
import type { AudioFrame } from '../receiver/audio-frame.js';
import type { Receiver } from '../receiver/receiver.js';
import { RtpBatch } from '../receiver/rtp-batch.js';

/** Reads a running time in ns; only differences are used. */
export type Stopwatch = () => number;

/** Runs a receiver in the time of a capture. */
export interface Drive {
  /** Time spent in the receiver so far, ns; 0 without a stopwatch. */
  readonly engineNs: number;
  /** Takes the next packet; arrivals must not go back. */
  push(packet: PacketCursor): void;
  /** Ends the call at its last packet. */
  finish(): void;
}

/** Read before the engine runs them, so that its memory and the reader's seldom take turns in the cache. */
const BATCH_PACKETS = 256;

/**
 * Runs a receiver in the time of a capture: packets in the order of their arrival, and between them a poll at every
 * time the receiver asks for. What arrives at a time is pushed before that time is polled.
 */
export class ReceiverDrive implements Drive {
  readonly #receiver: Receiver;
  readonly #visit: (frame: AudioFrame) => void;
  readonly #stopwatch: Stopwatch;
  readonly #batch = new RtpBatch(BATCH_PACKETS);
  #lastUs: number | undefined;
  #engineNs = 0;

  /** @param visit - gets every frame; its PCM is valid only during the call */
  constructor(
    receiver: Receiver,
    visit: (frame: AudioFrame) => void,
    stopwatch: Stopwatch | undefined,
  ) {
    this.#receiver = receiver;
    this.#stopwatch = stopwatch ?? (() => 0);
    this.#visit = (frame) => {
      const startNs = this.#stopwatch();
      visit(frame);
      this.#engineNs -= this.#stopwatch() - startNs;
    };
  }

  /** Time spent in the receiver so far, ns, visits left out; 0 without a stopwatch. */
  get engineNs(): number {
    return this.#engineNs;
  }

  /** Takes the next packet; arrivals must not go back. */
  push(packet: PacketCursor): void {
    const { bytes, atUs } = packet;
    if (this.#batch.isFull || bytes !== this.#batch.bytes) {
      this.#run();
      this.#batch.begin(bytes);
    }
    this.#batch.add(packet.start, packet.length, atUs);
    this.#lastUs = atUs;
  }

  /**
   * Ends the call at its last packet: what waits behind a hole comes out at once, for nobody can fill the hole any more.
   * The end itself is no loss, so nothing is made up behind it.
   */
  finish(): void {
    if (this.#lastUs === undefined) return;
    this.#run();
    this.#poll(this.#lastUs);
    this.#receiver.end();
    this.#poll(this.#lastUs);
  }

  #run(): void {
    const startNs = this.#stopwatch();
    this.#receiver.run(this.#batch, this.#visit);
    this.#engineNs += this.#stopwatch() - startNs;
  }

  #poll(nowUs: number): void {
    const startNs = this.#stopwatch();
    this.#receiver.drain(nowUs, this.#visit);
    this.#engineNs += this.#stopwatch() - startNs;
  }
}
