import { PacketList, type SpooledAudio } from './packet-list.js';

/** Frames of a stretch that is kept or left out as a whole. */
export const STRETCH_FRAMES = 200;
/** A hostile time line could have a stretch for every packet. */
const MAX_STRETCHES = 4096;
/** Room is made for some at once: each time all are held against one another. */
const LEFT_SHARE = 7 / 8;

/** What of a call's sound was kept. */
export interface KeptSound {
  readonly first: SpooledAudio;
  readonly repaired: SpooledAudio;
  /** Frames of sound that were there, and for which there was no room. */
  readonly leftOutFrames: number;
}

/** Sound of a stretch of the time line, as it was first and as it was repaired. */
class Stretch {
  readonly index: number;
  readonly first = new PacketList();
  readonly repaired = new PacketList();
  troubleMs = 0;

  constructor(index: number) {
    this.index = index;
  }

  get bytes(): number {
    return this.first.bytes.length + this.repaired.bytes.length;
  }
}

/**
 * Keeps the sound of a call up to a number of bytes. When they run out, it leaves out whole stretches: first those without
 * trouble, and of these every second one, then every second of the rest, so that something of every part is there to be
 * heard; then those with the least trouble.
 */
export class KeptSoundStore {
  readonly #maxBytes: number;
  readonly #stretches = new Map<number, Stretch>();
  #latest: Stretch | undefined;
  #bytes = 0;
  #leftOutFrames = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a packet; frames must grow. */
  add(version: 'first' | 'repaired', frame: number, packet: Uint8Array): void {
    const index = Math.floor(frame / STRETCH_FRAMES);
    if (this.#latest === undefined || index > this.#latest.index) {
      this.#latest = this.#at(index);
      if (this.#bytes > this.#maxBytes || this.#stretches.size > MAX_STRETCHES) {
        this.#leaveOut(this.#maxBytes * LEFT_SHARE, MAX_STRETCHES * LEFT_SHARE);
      }
    }
    this.#latest[version].add(frame, packet);
    this.#bytes += packet.length;
  }

  /** Says that something went wrong in frames `[from, to)`, which are those now taken or close to them. */
  mark(from: number, to: number, troubleMs: number): void {
    const last = Math.floor((to - 1) / STRETCH_FRAMES);
    for (let index = Math.floor(from / STRETCH_FRAMES); index <= last; index++) {
      if (index >= 0) this.#at(index).troubleMs += troubleMs;
    }
  }

  finish(): KeptSound {
    this.#leaveOut(this.#maxBytes, MAX_STRETCHES);
    const [first, repaired] = [new PacketList(), new PacketList()];
    for (const stretch of [...this.#stretches.values()].sort((a, b) => a.index - b.index)) {
      first.append(stretch.first);
      repaired.append(stretch.repaired);
    }
    return { first, repaired, leftOutFrames: this.#leftOutFrames };
  }

  #at(index: number): Stretch {
    const stretch = this.#stretches.get(index) ?? new Stretch(index);
    this.#stretches.set(index, stretch);
    return stretch;
  }

  /** Leaves out the least of them, but not the last two: what comes now may still tell that they hold trouble. */
  #leaveOut(maxBytes: number, maxStretches: number): void {
    const latest = this.#latest?.index ?? 0;
    const leastFirst = [...this.#stretches.values()]
      .filter(({ index }) => index < latest - 1)
      .sort(byWorth);
    for (const stretch of leastFirst) {
      if (this.#bytes <= maxBytes && this.#stretches.size <= maxStretches) return;
      this.#stretches.delete(stretch.index);
      this.#bytes -= stretch.bytes;
      this.#leftOutFrames += stretch.first.lengths.length;
    }
  }
}

function byWorth(a: Stretch, b: Stretch): number {
  return a.troubleMs - b.troubleMs || rankOf(a.index) - rankOf(b.index) || b.index - a.index;
}

/** How often an index can be halved: of every second one it is 0, of every second of the others 1. */
function rankOf(index: number): number {
  return index === 0 ? 32 : 31 - Math.clz32(index & -index);
}
