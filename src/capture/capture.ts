import { createHash } from 'node:crypto';
import { inArrivalOrder } from './arrival-order.js';
import {
  ByteCursor,
  type ByteSource,
  badCapture,
  CutShort,
  openBytesSource,
  openFileSource,
} from './byte-cursor.js';
import { type SkipReason, udpPayloadOf } from './datagram.js';
import { foreignFormatOf } from './foreign-formats.js';
import { isMjr, readMjr } from './mjr.js';
import { isPcap, readPcap } from './pcap.js';
import { isPcapng, readPcapng } from './pcapng.js';
import type { CaptureFacts, CaptureRecord } from './record.js';
import { isRtcEventLog, readRtcEventLog } from './rtc-event-log.js';
import { isRtpdump, readRtpdump } from './rtpdump.js';
import { isRtpdumpText, readRtpdumpText } from './rtpdump-text.js';
import { isRtpproxy, readRtpproxy } from './rtpproxy.js';
import { SrtpDecryption, type SrtpKeys } from './srtp-decryption.js';
import { isCsvTrace, isNdjsonTrace, readCsvTrace, readNdjsonTrace } from './timing-trace.js';

export type CaptureFormat =
  | 'pcap'
  | 'pcapng'
  | 'rtpdump'
  | 'rtpdump-text'
  | 'rtpproxy'
  | 'mjr'
  | 'rtc-event-log'
  | 'csv'
  | 'ndjson';

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

/** A capture file; every iteration is a pass of its own over the bytes and holds a bounded part of them. */
export interface Capture extends Iterable<CapturedDatagram> {
  readonly name: string;
  readonly format: CaptureFormat;
  /** What the file itself says its audio is (mjr does), known after a pass. */
  readonly rtpmap?: string | undefined;
  /** Of the latest pass, so far. */
  readonly counts: CaptureCounts;
  /** SHA-256 of its bytes, in hexadecimal. */
  sha256(): string;
}

interface Format {
  readonly name: CaptureFormat;
  readonly recognizes: (start: Buffer) => boolean;
  readonly read: (cursor: ByteCursor, facts: CaptureFacts) => Iterable<CaptureRecord>;
  /** How far records stand from their place in time, where that is more than recorders of packets mix up. */
  readonly windowRecords?: number;
}

const FORMATS: readonly Format[] = [
  { name: 'pcap', recognizes: isPcap, read: readPcap },
  { name: 'pcapng', recognizes: isPcapng, read: readPcapng },
  { name: 'rtpdump', recognizes: isRtpdump, read: readRtpdump },
  { name: 'mjr', recognizes: isMjr, read: readMjr },
  {
    name: 'rtc-event-log',
    recognizes: isRtcEventLog,
    read: readRtcEventLog,
    // Batches of up to 10,000 packets stand stream by stream.
    windowRecords: 20_000,
  },
  { name: 'csv', recognizes: isCsvTrace, read: readCsvTrace },
  { name: 'ndjson', recognizes: isNdjsonTrace, read: readNdjsonTrace },
  // The last two have no signature: their first record must look right.
  { name: 'rtpproxy', recognizes: isRtpproxy, read: readRtpproxy },
  { name: 'rtpdump-text', recognizes: isRtpdumpText, read: readRtpdumpText },
];
const FORMAT_HELP = 'pcap, pcapng, rtpdump, rtpproxy, Janus mjr, RTC event log, CSV and NDJSON';
/** Column names of a timing trace are the longest. */
const LONGEST_SIGNATURE_BYTES = 512;
/**
 * Most memory that reading a capture and listing its streams takes beside the process itself, whatever the file holds: up
 * to 16 MiB of records that wait for their place in time and the windows they were read through, 64 KiB for each of 1024.
 */
export const MAX_CAPTURE_MEMORY_BYTES: number = 128 << 20;
/** Bytes hashed at a time. */
const HASHED_BYTES = 1 << 20;
/** Longest time between two packets of a capture: beyond it a time stamp is damaged, not a pause long. */
const MAX_SILENCE_US = 24 * 3600 * 1_000_000;
/** Longest capture: what runs over it is bounded too. */
const MAX_SPAN_US = 7 * MAX_SILENCE_US;

/** What a capture needs to be read beside its bytes. */
export interface CaptureOptions {
  /** Decrypts its RTP; packets that no key fits are left out and counted as `srtp-unauthentic`. */
  readonly srtp?: SrtpKeys | undefined;
}

/**
 * Opens a pcap, pcapng, rtpdump (binary or text), rtpproxy, Janus mjr or RTC event log file, or a timing trace (CSV or
 * NDJSON).
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, here or while iterating, naming the file and the byte offset;
 *   `EARSHOT_BAD_OPTION` for an SRTP key that is none
 */
export function openCapture(path: string, options: CaptureOptions = {}): Capture {
  return new CaptureFile(() => openFileSource(path), options);
}

/**
 * Takes a capture from memory; `name` stands for it in errors.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, here or while iterating, naming `name` and the byte offset
 */
export function readCapture(
  bytes: Uint8Array,
  name: string,
  options: CaptureOptions = {},
): Capture {
  return new CaptureFile(() => openBytesSource(bytes, name), options);
}

class CaptureFile implements Capture {
  readonly name: string;
  readonly #open: () => ByteSource;
  readonly #format: Format;
  readonly #srtp: SrtpKeys | undefined;
  #counts: PassCounts = new PassCounts();
  readonly #facts: CaptureFacts = {};
  /** A whole pass found every record in its place: later ones need not hold records back to look for theirs. */
  #isSorted = false;

  constructor(open: () => ByteSource, { srtp }: CaptureOptions) {
    this.#open = open;
    this.#srtp = srtp;
    if (srtp !== undefined) new SrtpDecryption(srtp); // A key that is none is said before anything is read.
    const source = open();
    try {
      this.name = source.name;
      this.#format = formatOf(source);
    } finally {
      source.close();
    }
  }

  get format(): CaptureFormat {
    return this.#format.name;
  }

  get rtpmap(): string | undefined {
    return this.#facts.rtpmap;
  }

  get counts(): CaptureCounts {
    return this.#counts;
  }

  sha256(): string {
    const hash = createHash('sha256');
    const source = this.#open();
    try {
      for (let offset = 0; offset < source.sizeBytes; offset += HASHED_BYTES) {
        hash.update(source.read(offset, Math.min(HASHED_BYTES, source.sizeBytes - offset)));
      }
    } finally {
      source.close();
    }
    return hash.digest('hex');
  }

  *[Symbol.iterator](): Generator<CapturedDatagram> {
    const counts = new PassCounts();
    this.#counts = counts;
    const source = this.#open();
    try {
      const records = this.#format.read(new ByteCursor(source), this.#facts);
      let moved = 0;
      const sorted = this.#isSorted
        ? records
        : inArrivalOrder(records, this.#format.windowRecords, () => moved++);
      const reader = new DatagramReader(this.name, counts, this.#srtp);
      for (const record of sorted) {
        const datagram = reader.read(record);
        if (datagram !== undefined) yield datagram;
      }
      this.#isSorted = moved === 0;
    } catch (error) {
      // What stands before a cut is sound; one in the very first record leaves nothing to read, and stays an error.
      if (!(error instanceof CutShort) || counts.records === 0) throw error;
      counts.truncatedAtOffset = error.offset;
    } finally {
      source.close();
    }
  }
}

class PassCounts implements CaptureCounts {
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

/** Makes datagrams of a pass's records, and counts those that hold none. */
class DatagramReader {
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

  read(record: CaptureRecord): CapturedDatagram | undefined {
    const counts = this.#counts;
    counts.records++;
    if (record.isUntimed === true) counts.untimed++;
    const atUs = this.#timeOf(record);

    const payload = udpPayloadOf(record);
    if (typeof payload === 'string') {
      counts.skip(payload);
      return undefined;
    }
    const { payloadBytes, sourcePort, destinationPort } = payload;
    const isOpen = this.#decryption === undefined || payloadBytes !== undefined;
    const data = isOpen ? payload.data : this.#decryption.open(payload.data);
    if (data === undefined) {
      counts.skip('srtp-unauthentic');
      return undefined;
    }
    counts.datagrams++;
    if (payloadBytes !== undefined) counts.headersOnly++;
    return { atUs, data, payloadBytes, sourcePort, destinationPort, offset: record.offset };
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

function formatOf(source: ByteSource): Format {
  const start = source.read(0, Math.min(LONGEST_SIGNATURE_BYTES, source.sizeBytes));
  const format = FORMATS.find((one) => one.recognizes(start));
  if (format !== undefined) return format;
  throw badCapture(source.name, 0, `not a capture of a known format: ${whatIsThere(start)}`);
}

function whatIsThere(start: Buffer): string {
  if (start.length === 0) return 'the file is empty';
  const foreign = foreignFormatOf(start);
  if (foreign !== undefined) return foreign;
  const bytes = start.subarray(0, 8).toString('hex');
  return `begins with ${bytes}; ${FORMAT_HELP} can be read, and others once \`editcap -F pcap\` made a pcap of them`;
}
