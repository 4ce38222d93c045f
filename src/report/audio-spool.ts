import { OpusEncoder } from '../receiver/opus-encoder.js';

/** Packets that follow one another; places are in packets of the time line. */
export interface SpoolSegment {
  readonly place: number;
  readonly packets: number;
}

/** Audio of a time line as Opus packets, with gaps where there is none. */
export interface SpooledAudio {
  readonly segments: readonly SpoolSegment[];
  /** All packets, one behind the other, and the bytes of each. */
  readonly bytes: Uint8Array;
  readonly lengths: Uint16Array;
}

export const SPOOL_FRAME_MS = 60;
/** Of the 30 s an hour takes at libopus's own choice, 4 are left, at the same distance from what was put in (9 dB at 10 kbit/s). */
const COMPLEXITY = 1;

/** Opus packets of stretches of a time line, up to a number of bytes. */
export class AudioSpool {
  readonly #encoder: OpusEncoder;
  readonly #maxBytes: number;
  readonly #segments: { place: number; packets: number }[] = [];
  #bytes = new Uint8Array(1 << 16);
  #used = 0;
  #lengths = new Uint16Array(1 << 12);
  #packets = 0;
  #isFull = false;

  constructor(sampleRateHz: number, bitrateBps: number, maxBytes: number) {
    this.#encoder = new OpusEncoder({
      sampleRateHz,
      bitrateBps,
      frameMs: SPOOL_FRAME_MS,
      complexity: COMPLEXITY,
    });
    this.#maxBytes = maxBytes;
  }

  /** Whether something was left out for want of room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes 60 ms; places must grow. */
  add(place: number, pcm: Int16Array): void {
    if (this.#isFull) return;
    const packet = this.#encoder.encode(pcm);
    if (this.#used + packet.length > this.#maxBytes) {
      this.#isFull = true;
      return;
    }
    const last = this.#segments.at(-1);
    if (last !== undefined && last.place + last.packets === place) last.packets++;
    else this.#segments.push({ place, packets: 1 });
    if (this.#used + packet.length > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    if (this.#packets === this.#lengths.length) {
      const grown = new Uint16Array(this.#packets * 2);
      grown.set(this.#lengths);
      this.#lengths = grown;
    }
    this.#bytes.set(packet, this.#used);
    this.#used += packet.length;
    this.#lengths[this.#packets++] = packet.length;
  }

  /** Ends the spool; nothing may be added behind it. */
  finish(): SpooledAudio {
    this.#encoder.close();
    return {
      segments: this.#segments,
      bytes: this.#bytes.subarray(0, this.#used),
      lengths: this.#lengths.subarray(0, this.#packets),
    };
  }
}
