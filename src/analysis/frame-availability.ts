import { TICKS_PER_MS } from '../receiver/audio-frame.js';
import type { ArrivalTrace, PacketContent, TracedPacket } from './arrival-trace.js';
import { type MinimumDelayLine, minimumDelayLine } from './minimum-delay-line.js';
import { NumberColumn } from './number-column.js';

/** The audio of one packet, sent or come. */
export interface AvailableFrame {
  /** Media position of its first sample, 48 kHz ticks. */
  readonly startTicks: number;
  readonly durationTicks: number;
  /** When the packet itself came, ms over the minimum-delay line; `Infinity` where it never did. */
  readonly ownDelayMs: number;
  /** When the first of the packet and its copies came. */
  readonly bestDelayMs: number;
  /** `first` where the sender had paused before it. */
  readonly place: 'first-of-talkspurt' | 'within-talkspurt';
}

const NEVER = Number.POSITIVE_INFINITY;
/** Packets one after the other that a packet can hold copies of: the bits of `TracedPacket.copies`. */
const MAX_COPY_DISTANCE = 16;
/** A longer pause is passed over by the engine (its default `maxFillMs`) and is not part of the call's audio. */
const MAX_PAUSE_TICKS = 2000 * TICKS_PER_MS;

/**
 * When each piece of a call's audio could first have been played, in order of media, read once without being kept.
 *
 * Packets of silence (DTX, comfort noise) and telephone events are no audio: a receiver that lacks them goes on with
 * silence. What is missing between two packets counts as audio unless there was silence on both sides, and is as long as
 * timestamps say.
 *
 * @returns all that comes out of a receiver: audio, and pauses up to 2 s each, ms
 */
export function visitFrames(trace: ArrivalTrace, visit: (frame: AvailableFrame) => void): number {
  return new FrameReading(trace, visit).timelineMs;
}

/** The same, kept, for who looks at it more than once: 33 bytes for each. */
export class FrameAvailability implements Iterable<AvailableFrame> {
  readonly #starts = new NumberColumn(Float64Array);
  readonly #durations = new NumberColumn(Float64Array);
  readonly #ownDelays = new NumberColumn(Float64Array);
  readonly #bestDelays = new NumberColumn(Float64Array);
  readonly #firsts = new NumberColumn(Uint8Array);
  /** All that comes out of a receiver: audio, and pauses up to 2 s each. */
  readonly timelineMs: number;

  constructor(trace: ArrivalTrace) {
    this.timelineMs = visitFrames(trace, (frame) => {
      this.#starts.push(frame.startTicks);
      this.#durations.push(frame.durationTicks);
      this.#ownDelays.push(frame.ownDelayMs);
      this.#bestDelays.push(frame.bestDelayMs);
      this.#firsts.push(frame.place === 'first-of-talkspurt' ? 1 : 0);
    });
  }

  get length(): number {
    return this.#starts.length;
  }

  /** @param index - 0..length-1, by media */
  at(index: number): AvailableFrame {
    return {
      startTicks: this.#starts.at(index),
      durationTicks: this.#durations.at(index),
      ownDelayMs: this.#ownDelays.at(index),
      bestDelayMs: this.#bestDelays.at(index),
      place: this.#firsts.at(index) === 1 ? 'first-of-talkspurt' : 'within-talkspurt',
    };
  }

  *[Symbol.iterator](): Generator<AvailableFrame> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}

/** Goes through a trace by sequence number. */
class FrameReading {
  readonly #trace: ArrivalTrace;
  readonly #line: MinimumDelayLine;
  readonly #visit: (frame: AvailableFrame) => void;
  readonly #places: SequenceOrder;
  #timelineMs = 0;
  #hasPaused = true;

  constructor(trace: ArrivalTrace, visit: (frame: AvailableFrame) => void) {
    this.#trace = trace;
    this.#line = minimumDelayLine(trace);
    this.#visit = visit;
    this.#places = inOrderOfSequence(trace);
    let before: TracedPacket | undefined;
    for (let rank = 0; rank < this.#places.length; rank++) {
      const packet = trace.at(this.#places.at(rank));
      if (before !== undefined) this.#addGap(before, packet, rank);
      this.#addPacket(packet, rank);
      before = packet;
    }
  }

  get timelineMs(): number {
    return this.#timelineMs;
  }

  #addPacket(packet: TracedPacket, rank: number): void {
    const { content, mediaTicks, durationTicks, sequence, arrivalUs } = packet;
    this.#timelineMs += durationTicks / TICKS_PER_MS;
    if (isSilence(content)) this.#hasPaused = true;
    if (content !== 'audio' || durationTicks === 0) return;
    const endTicks = mediaTicks + durationTicks;
    const ownDelayMs = this.#delayMs(arrivalUs, endTicks);
    const copyDelayMs = this.#delayMs(this.#copyUs(rank + 1, sequence), endTicks);
    this.#push(mediaTicks, durationTicks, ownDelayMs, Math.min(ownDelayMs, copyDelayMs));
  }

  /** What was lost between two packets that follow each other by number; `rank` is that of the second. */
  #addGap(before: TracedPacket, after: TracedPacket, rank: number): void {
    const gapTicks = Math.max(0, after.mediaTicks - before.mediaTicks - before.durationTicks);
    this.#timelineMs += Math.min(gapTicks, MAX_PAUSE_TICKS) / TICKS_PER_MS;
    const missing = after.sequence - before.sequence - 1;
    const longestTicks = before.durationTicks || after.durationTicks;
    const durationTicks =
      missing === 0 ? 0 : Math.min(longestTicks, Math.floor(gapTicks / missing));
    // What timestamps leave over is a pause, and lies before what was lost.
    if (gapTicks > missing * durationTicks) this.#hasPaused = true;
    if (durationTicks === 0 || (isSilence(before.content) && isSilence(after.content))) return;

    const beyondCopies = missing - MAX_COPY_DISTANCE;
    if (beyondCopies > 0) {
      const lostTicks = Math.min(beyondCopies * durationTicks, MAX_PAUSE_TICKS);
      this.#push(after.mediaTicks - missing * durationTicks, lostTicks, NEVER, NEVER);
    }
    for (let distance = Math.min(missing, MAX_COPY_DISTANCE); distance > 0; distance--) {
      const startTicks = after.mediaTicks - distance * durationTicks;
      const copyUs = this.#copyUs(rank, after.sequence - distance);
      this.#push(
        startTicks,
        durationTicks,
        NEVER,
        this.#delayMs(copyUs, startTicks + durationTicks),
      );
    }
  }

  #delayMs(arrivalUs: number, endTicks: number): number {
    return Math.max(0, arrivalUs - this.#line.atUs(endTicks)) / 1000;
  }

  /** Arrival of the first packet from a rank on that holds a copy of packet `sequence`; `Infinity` for none. */
  #copyUs(fromRank: number, sequence: number): number {
    let earliestUs = NEVER;
    for (let rank = fromRank; rank < this.#places.length; rank++) {
      const holder = this.#trace.at(this.#places.at(rank));
      const distance = holder.sequence - sequence;
      if (distance > MAX_COPY_DISTANCE) break;
      if ((holder.copies >> (distance - 1)) & 1)
        earliestUs = Math.min(earliestUs, holder.arrivalUs);
    }
    return earliestUs;
  }

  #push(startTicks: number, durationTicks: number, ownDelayMs: number, bestDelayMs: number): void {
    const place = this.#hasPaused ? 'first-of-talkspurt' : 'within-talkspurt';
    this.#visit({ startTicks, durationTicks, ownDelayMs, bestDelayMs, place });
    this.#hasPaused = false;
  }
}

function isSilence(content: PacketContent): boolean {
  return content === 'dtx' || content === 'comfort-noise';
}

/** Places in a trace, by rank. */
interface SequenceOrder {
  readonly length: number;
  at(rank: number): number;
}

/** Places that a key has room for beside a sequence number; a trace holds 4.5 million. */
const PLACES = 2 ** 23;
/** Only numbers that leap with every packet span more: a key must be exact. */
const MAX_SPAN = 2 ** 30 - 1;

/** Places in the trace by sequence number, of doubled packets the first that came. */
function inOrderOfSequence(trace: ArrivalTrace): SequenceOrder {
  let [last, least, isInOrder] = [Number.NEGATIVE_INFINITY, 0, true];
  for (const packet = trace.cursor(); packet.next(); ) {
    const { sequence } = packet;
    if (sequence <= last) isInOrder = false;
    last = sequence;
    least = Math.min(least, sequence);
  }
  if (isInOrder) return { length: trace.length, at: (rank) => rank };

  // One number for both, which sorts without asking back.
  const keys = new Float64Array(trace.length);
  let place = 0;
  for (const packet = trace.cursor(); packet.next(); place++) {
    keys[place] = Math.min(MAX_SPAN, packet.sequence - least) * PLACES + place;
  }
  keys.sort();
  let length = 0;
  for (const key of keys) {
    const isDoubled =
      length > 0 && Math.floor((keys[length - 1] as number) / PLACES) === Math.floor(key / PLACES);
    if (!isDoubled) keys[length++] = key;
  }
  return { length, at: (rank) => (keys[rank] as number) % PLACES };
}
