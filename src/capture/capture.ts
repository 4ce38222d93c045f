import { createHash } from 'node:crypto';
import { inArrivalOrder } from './arrival-order.js';
import {
  ByteCursor,
  type ByteSource,
  badCapture,
  openBytesSource,
  openFileSource,
} from './byte-cursor.js';
import { type SkipReason, udpPayloadOf } from './datagram.js';
import { isPcap, readPcap } from './pcap.js';
import { isPcapng, readPcapng } from './pcapng.js';
import type { CaptureRecord } from './record.js';
import { isRtpdump, readRtpdump } from './rtpdump.js';
import { isCsvTrace, isNdjsonTrace, readCsvTrace, readNdjsonTrace } from './timing-trace.js';

export type CaptureFormat = 'pcap' | 'pcapng' | 'rtpdump' | 'csv' | 'ndjson';

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
}

/** A capture file; every iteration is a pass of its own over the bytes and holds a bounded part of them. */
export interface Capture extends Iterable<CapturedDatagram> {
  readonly name: string;
  readonly format: CaptureFormat;
  /** Of the latest pass, so far. */
  readonly counts: CaptureCounts;
  /** SHA-256 of its bytes, in hexadecimal. */
  sha256(): string;
}

interface Format {
  readonly name: CaptureFormat;
  readonly recognizes: (start: Buffer) => boolean;
  readonly read: (cursor: ByteCursor) => Iterable<CaptureRecord>;
}

const FORMATS: readonly Format[] = [
  { name: 'pcap', recognizes: isPcap, read: readPcap },
  { name: 'pcapng', recognizes: isPcapng, read: readPcapng },
  { name: 'rtpdump', recognizes: isRtpdump, read: readRtpdump },
  { name: 'csv', recognizes: isCsvTrace, read: readCsvTrace },
  { name: 'ndjson', recognizes: isNdjsonTrace, read: readNdjsonTrace },
];
/** Column names of a timing trace are the longest. */
const LONGEST_SIGNATURE_BYTES = 512;
/** Bytes hashed at a time. */
const HASHED_BYTES = 1 << 20;
/** Longest time between two packets of a capture: beyond it a time stamp is damaged, not a pause long. */
const MAX_SILENCE_US = 24 * 3600 * 1_000_000;
/** Longest capture: what runs over it is bounded too. */
const MAX_SPAN_US = 7 * MAX_SILENCE_US;

/**
 * Opens a pcap, pcapng or rtpdump file, or a timing trace (CSV or NDJSON).
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, here or while iterating, naming the file and the byte offset
 */
export function openCapture(path: string): Capture {
  return new CaptureFile(() => openFileSource(path));
}

/**
 * Takes a capture from memory; `name` stands for it in errors.
 *
 * @throws {EarshotError} `EARSHOT_BAD_CAPTURE`, here or while iterating, naming `name` and the byte offset
 */
export function readCapture(bytes: Uint8Array, name: string): Capture {
  return new CaptureFile(() => openBytesSource(bytes, name));
}

class CaptureFile implements Capture {
  readonly name: string;
  readonly #open: () => ByteSource;
  readonly #format: Format;
  #counts: PassCounts = new PassCounts();

  constructor(open: () => ByteSource) {
    this.#open = open;
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
      yield* datagramsOf(
        inArrivalOrder(this.#format.read(new ByteCursor(source))),
        this.name,
        counts,
      );
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
  readonly skipped: Partial<Record<SkipReason, number>> = {};

  skip(reason: SkipReason): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
  }
}

function* datagramsOf(
  records: Iterable<CaptureRecord>,
  name: string,
  counts: PassCounts,
): Generator<CapturedDatagram> {
  let startUs: number | undefined;
  let lastUs = 0;
  for (const record of records) {
    counts.records++;
    startUs ??= record.timeUs;
    const sinceStartUs = record.timeUs - startUs;
    if (sinceStartUs < lastUs) counts.outOfOrder++;
    const atUs = Math.max(lastUs, sinceStartUs);
    if (atUs - lastUs > MAX_SILENCE_US || atUs > MAX_SPAN_US) {
      const hours = Math.round((atUs - lastUs) / 3.6e9);
      throw badCapture(
        name,
        record.offset,
        `a packet ${hours} hours after the one before: its time is damaged`,
      );
    }
    lastUs = atUs;

    const payload = udpPayloadOf(record);
    if (typeof payload === 'string') {
      counts.skip(payload);
      continue;
    }
    counts.datagrams++;
    if (payload.payloadBytes !== undefined) counts.headersOnly++;
    yield { atUs, ...payload, offset: record.offset };
  }
}

function formatOf(source: ByteSource): Format {
  const start = source.read(0, Math.min(LONGEST_SIGNATURE_BYTES, source.sizeBytes));
  const format = FORMATS.find((one) => one.recognizes(start));
  if (format !== undefined) return format;
  const found =
    start.length === 0
      ? 'the file is empty'
      : start[0] === 0x1f && start[1] === 0x8b
        ? 'gzip data; gunzip it first'
        : `begins with ${start.subarray(0, 8).toString('hex')}`;
  throw badCapture(source.name, 0, `not a pcap, pcapng or rtpdump file: ${found}`);
}
