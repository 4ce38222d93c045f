import { createHash } from 'node:crypto';
import { inArrivalOrder } from './arrival-order.js';
import {
  ByteCursor,
  type ByteSource,
  badCapture,
  openBytesSource,
  openFileSource,
} from './byte-cursor.js';
import {
  type CaptureCounts,
  type CapturedDatagram,
  DatagramPlace,
  DatagramReader,
  datagramAt,
  PassCounts,
} from './captured-datagram.js';
import type { CapturedPacket, StreamAddress } from './captured-packet.js';
import { type DatagramSource, RecordedDatagrams } from './datagram-source.js';
import { foreignFormatOf } from './foreign-formats.js';
import { isMjr, readMjr } from './mjr.js';
import { PacketCursor, packetsOf } from './packet-cursor.js';
import { PacketScan } from './packet-scan.js';
import { isPcap, readPcap } from './pcap.js';
import { isPcapng, readPcapng } from './pcapng.js';
import type { CaptureFacts, CaptureRecord } from './record.js';
import { RememberedPackets } from './remembered-packets.js';
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

/** A capture file; every iteration is a pass of its own over the bytes and holds a bounded part of them. */
export interface Capture extends Iterable<CapturedDatagram> {
  readonly name: string;
  readonly format: CaptureFormat;
  /** What the file itself says its audio is (mjr does), known after a pass. */
  readonly rtpmap?: string | undefined;
  /** Of the latest pass, so far. */
  readonly counts: CaptureCounts;
  /** A pass over its RTP packets, all or those of one stream. Behind a whole one over all, the next need not look for them. */
  packets(stream?: StreamAddress): Iterable<CapturedPacket>;
  /**
   * The same without an object for each: what reads a million of them wants that.
   *
   * @param onOther - gets what is no RTP; not behind a pass that found all packets
   */
  cursor(stream?: StreamAddress, onOther?: (data: Uint8Array) => void): PacketCursor;
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
 * Most memory that listing the streams of a capture, or reading its packets twice, takes beside the process itself, whatever
 * the file holds: up to 16 MiB of records that wait for their place in time and the windows they were read through, 64 KiB
 * for each of 1024, or 60 MiB of packets that are remembered, and what the collector has not come to yet: up to 121 MiB were
 * measured, on Node 24.
 */
export const MAX_CAPTURE_MEMORY_BYTES: number = 160 << 20;
/** Bytes hashed at a time. */
const HASHED_BYTES = 1 << 18;

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

/** What a pass over all packets found. */
interface WholePass {
  readonly packets: RememberedPackets;
  readonly counts: PassCounts;
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
  /** Of a whole pass over all packets, if they stand in the file as they came. */
  #remembered: WholePass | undefined;

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
      // The same memory each time: what is only dropped is given back when the collector comes round.
      const memory = new Uint8Array(HASHED_BYTES);
      for (let offset = 0; offset < source.sizeBytes; ) {
        const length = source.readInto(memory, offset);
        if (length === 0)
          throw badCapture(this.name, offset, 'the file became shorter while being read');
        hash.update(memory.subarray(0, length));
        offset += length;
      }
    } finally {
      source.close();
    }
    return hash.digest('hex');
  }

  packets(stream?: StreamAddress): Iterable<CapturedPacket> {
    return packetsOf(() => this.cursor(stream));
  }

  cursor(stream?: StreamAddress, onOther?: (data: Uint8Array) => void): PacketCursor {
    if (this.#remembered !== undefined && onOther === undefined) {
      this.#counts = this.#remembered.counts;
      return new PacketCursor(this.#remembered.packets.read(this.#open()), stream);
    }
    let packets: RememberedPackets | undefined = new RememberedPackets();
    const scan = new PacketScan(this.#datagrams(), {
      onOther,
      onBatch: (batch) => {
        if (packets?.add(batch) === false) packets = undefined;
      },
      onEnd: () => {
        if (this.#isSorted && packets !== undefined) {
          this.#remembered = { packets, counts: this.#counts };
        }
      },
    });
    return new PacketCursor(scan, stream);
  }

  *[Symbol.iterator](): Generator<CapturedDatagram> {
    const place = new DatagramPlace();
    const datagrams = this.#datagrams();
    try {
      while (datagrams.next(place)) yield datagramAt(place);
    } finally {
      datagrams.close();
    }
  }

  #datagrams(): DatagramSource {
    const counts = new PassCounts();
    this.#counts = counts;
    const source = this.#open();
    let moved = 0;
    const records = this.#format.read(new ByteCursor(source), this.#facts);
    return new RecordedDatagrams(
      source,
      this.#isSorted ? records : inArrivalOrder(records, this.#format.windowRecords, () => moved++),
      new DatagramReader(this.name, counts, this.#srtp),
      counts,
      () => {
        this.#isSorted = moved === 0;
      },
    );
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
