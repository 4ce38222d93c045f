import { MAX_DROPOUT_PACKETS, MAX_MISORDER_PACKETS } from '../capture/sequence-tally.js';
import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { RtpHeader } from '../receiver/rtp-packet.js';
import { NumberColumn } from './number-column.js';

/** One packet of a stream as the network delivered it. */
export interface TracedPacket {
  /** Integer µs on the capture's clock. */
  readonly arrivalUs: number;
  /** Unwrapped, 0 for the first packet that came; below 0 for one that was sent before it. */
  readonly sequence: number;
  /** Media position of the first sample, unwrapped, 48 kHz ticks; 0 for the first packet that came. */
  readonly mediaTicks: number;
  /** Audio it holds, 48 kHz ticks; 0 for packets without audio of their own (comfort noise, telephone events). */
  readonly durationTicks: number;
  readonly payloadBytes: number;
  /** Bit k-1 is set when it holds a copy of the audio of the packet k before it: bit 0 alone is LBRR. */
  readonly copies: number;
  readonly content: PacketContent;
}

export type PacketContent = 'audio' | 'dtx' | 'comfort-noise' | 'telephone-event' | 'other';
const CONTENTS: readonly PacketContent[] = [
  'audio',
  'dtx',
  'comfort-noise',
  'telephone-event',
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

/** Packets a trace keeps, 40 hours of 20 ms frames: 230 MB. */
const MAX_TRACED_PACKETS = 8_000_000;

/**
 * The packets of one stream in order of arrival: what every analysis of a network starts from.
 *
 * Numbers are kept in columns, 28 bytes a packet, up to `MAX_TRACED_PACKETS`; what comes after is counted in `untraced`.
 */
export class ArrivalTrace implements Iterable<TracedPacket> {
  readonly #arrivalsUs = new NumberColumn(Float64Array);
  readonly #sequences = new NumberColumn(Int32Array);
  readonly #mediaTicks = new NumberColumn(Float64Array);
  readonly #durations = new NumberColumn(Uint16Array);
  readonly #payloads = new NumberColumn(Uint16Array);
  readonly #copies = new NumberColumn(Uint16Array);
  readonly #contents = new NumberColumn(Uint8Array);
  #untraced = 0;
  #restarts = 0;
  /** The packet with the highest number. */
  #newest:
    | (Pick<TracedPacket, 'sequence' | 'mediaTicks' | 'arrivalUs' | 'durationTicks'> &
        Pick<RtpHeader, 'sequenceNumber' | 'timestamp'>)
    | undefined;

  /** Packets in the trace. */
  get length(): number {
    return this.#arrivalsUs.length;
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
    this.#arrivalsUs.push(reading.arrivalUs);
    this.#sequences.push(sequence);
    this.#mediaTicks.push(mediaTicks);
    this.#durations.push(reading.durationTicks);
    this.#payloads.push(reading.payloadBytes);
    this.#copies.push(reading.copies);
    this.#contents.push(CONTENTS.indexOf(reading.content));
    if (this.#newest === undefined || sequence > this.#newest.sequence) {
      const { arrivalUs, durationTicks } = reading;
      const { sequenceNumber, timestamp } = header;
      this.#newest = { sequenceNumber, timestamp, sequence, mediaTicks, arrivalUs, durationTicks };
    }
  }

  /** @param index - 0..length-1, by arrival */
  at(index: number): TracedPacket {
    return {
      arrivalUs: this.#arrivalsUs.at(index),
      sequence: this.#sequences.at(index),
      mediaTicks: this.#mediaTicks.at(index),
      durationTicks: this.#durations.at(index),
      payloadBytes: this.#payloads.at(index),
      copies: this.#copies.at(index),
      content: CONTENTS[this.#contents.at(index)] ?? 'other',
    };
  }

  *[Symbol.iterator](): Generator<TracedPacket> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
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
