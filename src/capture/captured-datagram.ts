import { badCapture } from './byte-cursor.js';
import { findUdpPayload, type SkipReason, UdpPayload } from './datagram.js';
import type { CaptureRecord } from './record.js';
import { SrtpDecryption, type SrtpKeys } from './srtp-decryption.js';

/** A UDP payload of a capture. */
export interface CapturedDatagram {
  /** Arrival, integer µs after the capture's first record. */
  readonly atUs: number;
  readonly data: Uint8Array;
  /**
   * Set where the capture kept an RTP header and not the payload, as RTC event logs and short snap lengths do: the length
   * that the payload had on the wire, bytes; `data` then is the header alone. Undefined where `data` is the whole packet.
   */
  readonly payloadBytes?: number | undefined;
  /** Undefined where the capture does not tell (rtpdump). */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  /** Where its record stands in the file. */
  readonly offset: number;
  /** Where `data` stands in the file, byte for byte; undefined where the file holds it in another form. */
  readonly dataOffset?: number | undefined;
}

/** Where a datagram of a pass lies: one for all of the pass, filled in for each. */
export class DatagramPlace extends UdpPayload {
  // No whole number, so that the field is made for those that are none: times outgrow small integers within the hour.
  atUs = 0.5;
  offset = 0;
  dataOffset: number | undefined = undefined;
}

export function datagramAt(place: DatagramPlace): CapturedDatagram {
  const { atUs, bytes, start, length, payloadBytes, sourcePort, destinationPort } = place;
  const data = bytes.subarray(start, start + length);
  const { offset, dataOffset } = place;
  return { atUs, data, payloadBytes, sourcePort, destinationPort, offset, dataOffset };
}

/** What a pass over a capture met. */
export interface CaptureCounts {
  readonly records: number;
  readonly datagrams: number;
  /** Of those, RTP packets whose payload was not captured. */
  readonly headersOnly: number;
  /** Records that hold no whole UDP payload, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Records whose time was before that of one already given; they take its time. */
  readonly outOfOrder: number;
  /** Records whose arrival the file does not tell: they come when their RTP timestamp says, so that nothing is late. */
  readonly untimed: number;
  /** Where the file ends inside a record, as when a recorder is killed; what stands before it was read. */
  readonly truncatedAtOffset?: number | undefined;
}

/** Longest time between two packets of a capture: beyond it a time stamp is damaged, not a pause long. */
const MAX_SILENCE_US = 24 * 3600 * 1_000_000;
/** Longest capture: what runs over it is bounded too. */
const MAX_SPAN_US = 7 * MAX_SILENCE_US;

/** Counts a pass while it runs. */
export class PassCounts implements CaptureCounts {
  records = 0;
  datagrams = 0;
  headersOnly = 0;
  outOfOrder = 0;
  untimed = 0;
  truncatedAtOffset: number | undefined;
  readonly skipped: Partial<Record<SkipReason, number>> = {};

  skip(reason: SkipReason): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
  }
}

/** Finds the datagrams in a pass's records, and counts those that hold none. */
export class DatagramReader {
  readonly #name: string;
  readonly #counts: PassCounts;
  readonly #decryption: SrtpDecryption | undefined;
  #startUs: number | undefined;
  #lastUs = 0;

  constructor(name: string, counts: PassCounts, srtp: SrtpKeys | undefined) {
    this.#name = name;
    this.#counts = counts;
    this.#decryption = srtp && new SrtpDecryption(srtp);
  }

  /**
   * @param place - is filled in where the record holds a datagram
   * @returns whether it does
   */
  read(record: CaptureRecord, place: DatagramPlace): boolean {
    const counts = this.#counts;
    counts.records++;
    if (record.isUntimed === true) counts.untimed++;
    place.atUs = this.#timeOf(record);
    place.offset = record.offset;

    const missing = findUdpPayload(record, place);
    if (missing !== undefined) {
      counts.skip(missing);
      return false;
    }
    const isVerbatim = record.dataOffset !== undefined && place.bytes === record.bytes;
    place.dataOffset = isVerbatim
      ? (record.dataOffset as number) + (place.start - record.start)
      : undefined;
    if (place.payloadBytes === undefined && !this.#decrypt(place)) {
      counts.skip('srtp-unauthentic');
      return false;
    }
    counts.datagrams++;
    if (place.payloadBytes !== undefined) counts.headersOnly++;
    return true;
  }

  #decrypt(place: DatagramPlace): boolean {
    if (this.#decryption === undefined) return true;
    const { bytes, start, length } = place;
    const sealed = bytes.subarray(start, start + length);
    const opened = this.#decryption.open(sealed);
    if (opened === undefined) return false;
    if (opened === sealed) return true;
    place.bytes = opened;
    place.start = 0;
    place.length = opened.length;
    place.dataOffset = undefined;
    return true;
  }

  #timeOf({ timeUs, offset }: CaptureRecord): number {
    this.#startUs ??= timeUs;
    const sinceStartUs = timeUs - this.#startUs;
    if (sinceStartUs < this.#lastUs) this.#counts.outOfOrder++;
    const atUs = Math.max(this.#lastUs, sinceStartUs);
    if (atUs - this.#lastUs > MAX_SILENCE_US || atUs > MAX_SPAN_US) {
      const hours = Math.round((atUs - this.#lastUs) / 3.6e9);
      throw badCapture(
        this.#name,
        offset,
        `a packet ${hours} hours after the one before: its time is damaged`,
      );
    }
    this.#lastUs = atUs;
    return atUs;
  }
}
