import { checkTime, type RtpArrival } from './rtp-arrival.js';

/**
 * RTP packets in the order of their arrival, in columns over one memory that holds them all: what is read of a capture is
 * handed over by the hundred, and an object for each would cost more than the handing over.
 */
export class RtpBatch {
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** Integer µs, as in `RtpArrival`. */
  readonly arrivalsUs: Float64Array;
  /** Where the packets lie. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Packets in it. */
  length = 0;

  /** @param capacity - most packets in it */
  constructor(capacity: number) {
    this.starts = new Uint32Array(capacity);
    this.lengths = new Uint32Array(capacity);
    this.arrivalsUs = new Float64Array(capacity);
  }

  /**
   * Copies packets together.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53
   */
  static of(packets: readonly RtpArrival[]): RtpBatch {
    const batch = new RtpBatch(packets.length);
    batch.begin(new Uint8Array(packets.reduce((sum, { data }) => sum + data.length, 0)));
    let start = 0;
    for (const { data, arrivalUs } of packets) {
      batch.bytes.set(data, start);
      batch.add(start, data.length, arrivalUs);
      start += data.length;
    }
    return batch;
  }

  get isFull(): boolean {
    return this.length === this.starts.length;
  }

  /** Empties it, for packets that lie in `bytes`. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.length = 0;
  }

  /**
   * Takes the next packet; there must be room.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for a time that is not integer µs in 0..2^53
   */
  add(start: number, length: number, arrivalUs: number): void {
    checkTime('arrivalUs', arrivalUs);
    const at = this.length++;
    this.starts[at] = start;
    this.lengths[at] = length;
    this.arrivalsUs[at] = arrivalUs;
  }
}
