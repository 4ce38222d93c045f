import { type ByteSource, CutShort } from './byte-cursor.js';
import type {
  CapturedDatagram,
  DatagramPlace,
  DatagramReader,
  PassCounts,
} from './captured-datagram.js';
import type { CaptureRecord } from './record.js';

/** The datagrams of a pass, front to back. */
export interface DatagramSource {
  /**
   * Goes to the next one, whose place is filled in.
   *
   * @returns false behind the last
   */
  next(place: DatagramPlace): boolean;
  /** Ends the pass; once it has ended this does nothing. */
  close(): void;
}

/** Those among the records of a file. */
export class RecordedDatagrams implements DatagramSource {
  readonly #source: ByteSource;
  readonly #records: Iterator<CaptureRecord>;
  readonly #reader: DatagramReader;
  readonly #counts: PassCounts;
  readonly #onWhole: () => void;

  constructor(
    source: ByteSource,
    records: Iterable<CaptureRecord>,
    reader: DatagramReader,
    counts: PassCounts,
    onWhole: () => void,
  ) {
    this.#source = source;
    this.#records = records[Symbol.iterator]();
    this.#reader = reader;
    this.#counts = counts;
    this.#onWhole = onWhole;
  }

  next(place: DatagramPlace): boolean {
    try {
      for (;;) {
        const step = this.#records.next();
        if (step.done === true) break;
        if (this.#reader.read(step.value, place)) return true;
      }
      this.#onWhole();
    } catch (error) {
      this.close();
      // What stands before a cut is sound; one in the very first record leaves nothing to read, and stays an error.
      if (!(error instanceof CutShort) || this.#counts.records === 0) throw error;
      this.#counts.truncatedAtOffset = error.offset;
      return false;
    }
    this.close();
    return false;
  }

  close(): void {
    this.#source.close();
  }
}

/** Those that somebody makes. */
export class MadeDatagrams implements DatagramSource {
  readonly #datagrams: Iterator<CapturedDatagram>;

  constructor(datagrams: Iterable<CapturedDatagram>) {
    this.#datagrams = datagrams[Symbol.iterator]();
  }

  next(place: DatagramPlace): boolean {
    const step = this.#datagrams.next();
    if (step.done === true) return false;
    const { atUs, data, payloadBytes, sourcePort, destinationPort, offset, dataOffset } =
      step.value;
    place.atUs = atUs;
    place.bytes = data;
    place.start = 0;
    place.length = data.length;
    place.payloadBytes = payloadBytes;
    place.sourcePort = sourcePort;
    place.destinationPort = destinationPort;
    place.offset = offset;
    place.dataOffset = dataOffset;
    return true;
  }

  close(): void {
    this.#datagrams.return?.();
  }
}
