import { MAX_DROPOUT_PACKETS, MAX_MISORDER_PACKETS } from '../capture/sequence-tally.js';
import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { RtpHeader } from '../receiver/rtp-packet.js';

/** One packet of a stream as the network delivered it. */
export interface TracedPacket {
  /** Integer µs on the capture's clock. */
  readonly arrivalUs: number;
  /** Unwrapped, 0 for the first packet that came; below 0 for one that was sent before it. */
  readonly sequence: number;
  /** Media position of the first sample, unwrapped, 48 kHz ticks; 0 for the first packet that came. */
  readonly mediaTicks: number;
  /** Audio it holds, 48 kHz ticks; 0 for packets without audio of their own (comfort noise, telephone events, padding). */
  readonly durationTicks: number;
  readonly payloadBytes: number;
  /** Bit k-1 is set when it holds a copy of the audio of the packet k before it: bit 0 alone is LBRR. */
  readonly copies: number;
  readonly content: PacketContent;
}

/** Stands on one packet after another: before the first one at the beginning. */
export interface TraceCursor extends TracedPacket {
  /** Goes to the next packet; false behind the last one. */
  next(): boolean;
}

export type PacketContent =
  | 'audio'
  | 'dtx'
  | 'comfort-noise'
  | 'telephone-event'
  /** A number and nothing else. */
  | 'padding'
  | 'other';
const CONTENTS: readonly PacketContent[] = [
  'audio',
  'dtx',
  'comfort-noise',
  'telephone-event',
  'padding',
  'other',
];

/** What of a packet its header does not tell. */
export type PacketReading = Pick<
  TracedPacket,
  'arrivalUs' | 'durationTicks' | 'payloadBytes' | 'copies' | 'content'
> & {
  /** RTP ticks a second of its payload type. */
  readonly clockRateHz: number;
};

/** Packets a trace keeps, 25 hours of 20 ms frames: 122 MB. */
const MAX_TRACED_PACKETS = 4_500_000;
const BLOCK_PACKETS = 1 << 16;

/** Columns of packets, 27 bytes for each. */
class TraceBlock {
  readonly arrivalsUs = new Float64Array(BLOCK_PACKETS);
  readonly sequences = new Int32Array(BLOCK_PACKETS);
  readonly mediaTicks = new Float64Array(BLOCK_PACKETS);
  readonly durations = new Uint16Array(BLOCK_PACKETS);
  readonly payloads = new Uint16Array(BLOCK_PACKETS);
  readonly copies = new Uint16Array(BLOCK_PACKETS);
  readonly contents = new Uint8Array(BLOCK_PACKETS);
}

/** A packet where it lies in the columns: an analysis reads two or three of its numbers, and of all packets. */
class PacketView implements TraceCursor {
  readonly #blocks: readonly TraceBlock[];
  readonly #length: number;
  #index: number;
  #at: number;
  /** Undefined before the first packet alone, where there is nothing to be read. */
  #block: TraceBlock;

  /** @param index - -1 to stand before the first */
  constructor(blocks: readonly TraceBlock[], length: number, index: number) {
    this.#blocks = blocks;
    this.#length = length;
    this.#index = index;
    this.#at = index % BLOCK_PACKETS;
    this.#block = blocks[Math.floor(index / BLOCK_PACKETS)] as TraceBlock;
  }

  next(): boolean {
    if (this.#index + 1 >= this.#length) return false;
    this.#at = ++this.#index % BLOCK_PACKETS;
    if (this.#at === 0) this.#block = this.#blocks[this.#index / BLOCK_PACKETS] as TraceBlock;
    return true;
  }

  get arrivalUs(): number {
    return this.#block.arrivalsUs[this.#at] as number;
  }

  get sequence(): number {
    return this.#block.sequences[this.#at] as number;
  }

  get mediaTicks(): number {
    return this.#block.mediaTicks[this.#at] as number;
  }

  get durationTicks(): number {
    return this.#block.durations[this.#at] as number;
  }

  get payloadBytes(): number {
    return this.#block.payloads[this.#at] as number;
  }

  get copies(): number {
    return this.#block.copies[this.#at] as number;
  }

  get content(): PacketContent {
    return CONTENTS[this.#block.contents[this.#at] as number] as PacketContent;
  }
}

/**
 * The packets of one stream in order of arrival: what every analysis of a network starts from.
 *
 * It keeps up to `MAX_TRACED_PACKETS`; what comes after is counted in `untraced`.
 */
export class ArrivalTrace implements Iterable<TracedPacket> {
  readonly #blocks: TraceBlock[] = [];
  #length = 0;
  #untraced = 0;
  #restarts = 0;
  /** The packet with the highest number. */
  #newest:
    | (Pick<TracedPacket, 'sequence' | 'mediaTicks' | 'arrivalUs' | 'durationTicks'> &
        Pick<RtpHeader, 'sequenceNumber' | 'timestamp'>)
    | undefined;

  /** Packets in the trace. */
  get length(): number {
    return this.#length;
  }

  /** Packets that came when the trace was full. */
  get untraced(): number {
    return this.#untraced;
  }

  /** Times the sender began with new numbers; its packets go on behind those before, as if none were missing. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Takes the next packet; arrivals must not go back. */
  add(header: RtpHeader, reading: PacketReading): void {
    if (this.length >= MAX_TRACED_PACKETS) {
      this.#untraced++;
      return;
    }
    const { sequence, mediaTicks } = this.#place(header, reading);
    const at = this.#length++ % BLOCK_PACKETS;
    if (at === 0) this.#blocks.push(new TraceBlock());
    const block = this.#blocks.at(-1) as TraceBlock;
    block.arrivalsUs[at] = reading.arrivalUs;
    block.sequences[at] = sequence;
    block.mediaTicks[at] = mediaTicks;
    block.durations[at] = reading.durationTicks;
    block.payloads[at] = reading.payloadBytes;
    block.copies[at] = reading.copies;
    block.contents[at] = CONTENTS.indexOf(reading.content);
    if (this.#newest === undefined || sequence > this.#newest.sequence) {
      const { arrivalUs, durationTicks } = reading;
      const { sequenceNumber, timestamp } = header;
      this.#newest = { sequenceNumber, timestamp, sequence, mediaTicks, arrivalUs, durationTicks };
    }
  }

  /** @param index - 0..length-1, by arrival */
  at(index: number): TracedPacket {
    return new PacketView(this.#blocks, this.#length, index);
  }

  /** Packets to keep, in order of arrival. */
  *[Symbol.iterator](): Generator<TracedPacket> {
    for (let index = 0; index < this.#length; index++) yield this.at(index);
  }

  /**
   * Reads the packets in order of arrival without an object for each: an analysis looks at all of them, there are several,
   * and objects would be most of what they cost.
   */
  cursor(): TraceCursor {
    return new PacketView(this.#blocks, this.#length, -1);
  }

  #place(
    { sequenceNumber, timestamp }: RtpHeader,
    { arrivalUs, clockRateHz }: PacketReading,
  ): Pick<TracedPacket, 'sequence' | 'mediaTicks'> {
    if (this.#newest === undefined) return { sequence: 0, mediaTicks: 0 };
    const newest = this.#newest;
    const stepPackets = ((sequenceNumber - newest.sequenceNumber) << 16) >> 16;
    const stepTicks = ((timestamp - newest.timestamp) | 0) * (TICKS_PER_SECOND / clockRateHz);
    if (stepPackets <= MAX_DROPOUT_PACKETS && stepPackets >= -MAX_MISORDER_PACKETS) {
      return {
        sequence: newest.sequence + stepPackets,
        mediaTicks: newest.mediaTicks + stepTicks,
      };
    }
    this.#restarts++;
    const pausedTicks = ((arrivalUs - newest.arrivalUs) * TICKS_PER_SECOND) / 1_000_000;
    return {
      sequence: newest.sequence + 1,
      mediaTicks: newest.mediaTicks + Math.max(newest.durationTicks, Math.round(pausedTicks)),
    };
  }
}
