import {
  INSPECTED_WORDS,
  type OpusPacketInfo,
  type RtpPacketInfo,
} from '../receiver/rtp-packet.js';
import type { CapturedPacket, StreamAddress } from './captured-packet.js';
import { NO_LEAD, NONE, PacketBatch } from './packet-columns.js';

/** Where the packets of a pass come from. */
export interface PacketSupply {
  /**
   * Fills a batch with the next packets, at least one.
   *
   * @returns false, and the batch as it was, where there are no more
   */
  fill(batch: PacketBatch): boolean;
  /** Ends the pass. */
  close(): void;
}

// Of word 2, as native/addon/rtp_functions.cc packs it.
const PAYLOAD_TYPE_SHIFT = 16;
const MARKER = 1 << 23;
const LBRR = 1 << 24;
const DTX = 1 << 25;

/**
 * Stands on one RTP packet of a pass after another, all or those of one stream: before the first at the beginning. It is the
 * packet that it stands on, and its header too; what is to be kept must be copied before it goes on.
 */
export class PacketCursor implements CapturedPacket, RtpPacketInfo, OpusPacketInfo, Disposable {
  readonly #supply: PacketSupply;
  readonly #stream: StreamAddress | undefined;
  readonly #batch = new PacketBatch();
  readonly #columns = this.#batch.columns;
  readonly #words = this.#columns.words;
  #at = 0;

  constructor(supply: PacketSupply, stream?: StreamAddress) {
    this.#supply = supply;
    this.#stream = stream;
  }

  /** Goes to the next packet; false behind the last one, where the pass has ended. */
  next(): boolean {
    for (;;) {
      if (++this.#at >= this.#columns.length) {
        if (!this.#supply.fill(this.#batch)) return false;
        this.#at = 0;
      }
      if (this.#stream === undefined || this.#isOf(this.#stream)) return true;
    }
  }

  /** Ends the pass where it is. */
  [Symbol.dispose](): void {
    this.#supply.close();
  }

  /** The memory that its bytes lie in. */
  get bytes(): Uint8Array {
    return this.#batch.bytes;
  }

  /** Where in `bytes` it begins. */
  get start(): number {
    return this.#batch.starts[this.#at] as number;
  }

  /** Bytes of it. */
  get length(): number {
    return this.#columns.lengths[this.#at] as number;
  }

  /** A view, made anew each time. */
  get data(): Uint8Array {
    return this.#batch.dataAt(this.#at);
  }

  get atUs(): number {
    return this.#columns.timesUs[this.#at] as number;
  }

  get payloadBytes(): number | undefined {
    return definedOrNone(this.#columns.payloadBytes[this.#at] as number);
  }

  get sourcePort(): number | undefined {
    return definedOrNone(this.#columns.sourcePorts[this.#at] as number);
  }

  get destinationPort(): number | undefined {
    return definedOrNone(this.#columns.destinationPorts[this.#at] as number);
  }

  get offset(): number {
    return this.#columns.offsets[this.#at] as number;
  }

  get dataOffset(): number | undefined {
    const lead = this.#columns.leads[this.#at] as number;
    return lead === NO_LEAD ? undefined : this.offset + lead;
  }

  get header(): RtpPacketInfo {
    return this;
  }

  get ssrc(): number {
    return this.#word(0);
  }

  get timestamp(): number {
    return this.#word(1);
  }

  get sequenceNumber(): number {
    return this.#word(2) & 0xffff;
  }

  get payloadType(): number {
    return (this.#word(2) >> PAYLOAD_TYPE_SHIFT) & 0x7f;
  }

  get marker(): boolean {
    return (this.#word(2) & MARKER) !== 0;
  }

  get payloadOffset(): number {
    return this.#word(3);
  }

  get payloadLength(): number {
    return this.#word(4);
  }

  get opus(): OpusPacketInfo | undefined {
    return this.#word(5) === 0 ? undefined : this;
  }

  get durationTicks(): number {
    return this.#word(5) & 0xffff;
  }

  get frameTicks(): number {
    return this.#word(5) >>> 16;
  }

  get hasLbrr(): boolean {
    return (this.#word(2) & LBRR) !== 0;
  }

  get isDtx(): boolean {
    return (this.#word(2) & DTX) !== 0;
  }

  /** The packet that it stands on, to keep. */
  toPacket(): CapturedPacket {
    const { atUs, data, payloadBytes, sourcePort, destinationPort, offset, dataOffset } = this;
    const header = this.#toHeader();
    return { atUs, data, payloadBytes, sourcePort, destinationPort, offset, dataOffset, header };
  }

  #word(index: number): number {
    return this.#words[this.#at * INSPECTED_WORDS + index] as number;
  }

  #toHeader(): RtpPacketInfo {
    const { payloadType, marker, sequenceNumber, timestamp, ssrc } = this;
    const { payloadOffset, payloadLength, durationTicks, frameTicks, hasLbrr, isDtx } = this;
    return {
      payloadType,
      marker,
      sequenceNumber,
      timestamp,
      ssrc,
      payloadOffset,
      payloadLength,
      opus: durationTicks === 0 ? undefined : { durationTicks, frameTicks, hasLbrr, isDtx },
    };
  }

  #isOf({ ssrc, sourcePort, destinationPort }: StreamAddress): boolean {
    return (
      this.ssrc === ssrc &&
      this.sourcePort === sourcePort &&
      this.destinationPort === destinationPort
    );
  }
}

function definedOrNone(number: number): number | undefined {
  return number === NONE ? undefined : number;
}

/** The packets of passes, each an object of its own. */
export function packetsOf(open: () => PacketCursor): Iterable<CapturedPacket> {
  return {
    *[Symbol.iterator]() {
      using cursor = open();
      while (cursor.next()) yield cursor.toPacket();
    },
  };
}
