import { inspectRtpPackets } from '../receiver/rtp-packet.js';
import { DatagramPlace } from './captured-datagram.js';
import type { DatagramSource } from './datagram-source.js';
import type { PacketBatch } from './packet-columns.js';
import type { PacketSupply } from './packet-cursor.js';

/** Finds the RTP among the datagrams of a pass, as many at a time as lie in one memory. */
export class PacketScan implements PacketSupply {
  readonly #source: DatagramSource;
  readonly #onOther: (data: Uint8Array) => void;
  readonly #onBatch: (batch: PacketBatch) => void;
  readonly #onEnd: () => void;
  /** Of the next datagram. */
  readonly #place = new DatagramPlace();
  /** Whether that was found, and is in no batch yet. */
  #isWaiting = false;
  /** What went wrong behind the datagrams of a batch. */
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param listener - hears of every datagram that is no RTP, of every batch, and of the pass's own end
   */
  constructor(
    source: DatagramSource,
    listener: {
      readonly onOther?: ((data: Uint8Array) => void) | undefined;
      readonly onBatch?: (batch: PacketBatch) => void;
      readonly onEnd?: () => void;
    } = {},
  ) {
    this.#source = source;
    this.#onOther = listener.onOther ?? (() => {});
    this.#onBatch = listener.onBatch ?? (() => {});
    this.#onEnd = listener.onEnd ?? (() => {});
  }

  fill(batch: PacketBatch): boolean {
    while (this.#gather(batch)) {
      const { columns, starts, bytes } = batch;
      const { lengths, words, length } = columns;
      const packets = inspectRtpPackets(bytes, starts, lengths, words, length);
      if (packets < length) this.#leaveOthersOut(batch);
      if (packets === 0) continue;
      this.#onBatch(batch);
      return true;
    }
    this.#onEnd();
    return false;
  }

  close(): void {
    this.#source.close();
  }

  /** False where no datagram is left. */
  #gather(batch: PacketBatch): boolean {
    if (!this.#peek()) return false;
    const place = this.#place;
    batch.begin(place.bytes);
    try {
      do {
        batch.starts[batch.columns.length] = place.start;
        batch.columns.add(place);
        this.#isWaiting = false;
      } while (!batch.isFull && this.#peek() && place.bytes === batch.bytes);
    } catch (error) {
      this.#failure = { error }; // What came before it is given first.
    }
    return true;
  }

  /** Whether there is another datagram, which then waits in `#place`. */
  #peek(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#isWaiting ||= this.#source.next(this.#place);
    return this.#isWaiting;
  }

  #leaveOthersOut(batch: PacketBatch): void {
    const { length } = batch.columns;
    batch.columns.length = 0;
    for (let at = 0; at < length; at++) {
      if (batch.columns.isRtp(at)) batch.takeBack(at);
      else this.#onOther(batch.dataAt(at));
    }
  }
}
