import { INSPECTED_WORDS } from '../receiver/rtp-packet.js';
import type { DatagramPlace } from './captured-datagram.js';

/** Stands for a port that the capture does not tell, and for a payload that it kept. */
export const NONE = -1;
/** Stands for a place in the file where the bytes do not lie as they are; no record is as long. */
export const NO_LEAD = 0xffff_ffff;

/**
 * What is known of datagrams of a capture, in columns, 60 bytes for each: a call has a million, and an object for each would
 * cost more than all that is done with it.
 */
export class PacketColumns {
  length = 0;
  readonly timesUs: Float64Array;
  /** Where their records begin in the file. */
  readonly offsets: Float64Array;
  /** From there to their own first byte. */
  readonly leads: Uint32Array;
  readonly lengths: Uint32Array;
  readonly payloadBytes: Int32Array;
  readonly sourcePorts: Int32Array;
  readonly destinationPorts: Int32Array;
  /** What `inspectRtpPackets` told of each. */
  readonly words: Uint32Array;

  constructor(capacity: number) {
    this.timesUs = new Float64Array(capacity);
    this.offsets = new Float64Array(capacity);
    this.leads = new Uint32Array(capacity);
    this.lengths = new Uint32Array(capacity);
    this.payloadBytes = new Int32Array(capacity);
    this.sourcePorts = new Int32Array(capacity);
    this.destinationPorts = new Int32Array(capacity);
    this.words = new Uint32Array(capacity * INSPECTED_WORDS);
  }

  /** Adds a datagram that nothing is told of yet; there must be room. */
  add(place: DatagramPlace): void {
    const at = this.length++;
    this.timesUs[at] = place.atUs;
    this.offsets[at] = place.offset;
    this.leads[at] = place.dataOffset === undefined ? NO_LEAD : place.dataOffset - place.offset;
    this.lengths[at] = place.length;
    this.payloadBytes[at] = place.payloadBytes ?? NONE;
    this.sourcePorts[at] = place.sourcePort ?? NONE;
    this.destinationPorts[at] = place.destinationPort ?? NONE;
  }

  /** Adds rows of other columns; there must be room. */
  append(from: PacketColumns, first: number, end: number): void {
    const at = this.length;
    this.length += end - first;
    this.timesUs.set(from.timesUs.subarray(first, end), at);
    this.offsets.set(from.offsets.subarray(first, end), at);
    this.leads.set(from.leads.subarray(first, end), at);
    this.lengths.set(from.lengths.subarray(first, end), at);
    this.payloadBytes.set(from.payloadBytes.subarray(first, end), at);
    this.sourcePorts.set(from.sourcePorts.subarray(first, end), at);
    this.destinationPorts.set(from.destinationPorts.subarray(first, end), at);
    this.words.set(
      from.words.subarray(first * INSPECTED_WORDS, end * INSPECTED_WORDS),
      at * INSPECTED_WORDS,
    );
  }

  /** Whether a row is RTP. */
  isRtp(at: number): boolean {
    return this.words[at * INSPECTED_WORDS + 2] !== 0;
  }
}

/** Packets of a pass whose bytes lie in one memory. */
export class PacketBatch {
  static readonly CAPACITY = 512;
  readonly columns: PacketColumns = new PacketColumns(PacketBatch.CAPACITY);
  /** Where each begins in `bytes`. */
  readonly starts: Uint32Array = new Uint32Array(PacketBatch.CAPACITY);
  bytes: Uint8Array = new Uint8Array(0);

  get isFull(): boolean {
    return this.columns.length === PacketBatch.CAPACITY;
  }

  /** Empties it, for packets that lie in `bytes`. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.columns.length = 0;
  }

  /** Takes in again what stood at `at`, behind what it was emptied to. */
  takeBack(at: number): void {
    const { columns, starts } = this;
    starts[columns.length] = starts[at] as number;
    columns.append(columns, at, at + 1);
  }

  dataAt(at: number): Uint8Array {
    const start = this.starts[at] as number;
    return this.bytes.subarray(start, start + (this.columns.lengths[at] as number));
  }
}
