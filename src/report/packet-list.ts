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

/** Opus packets of a stretch of a time line as they come. */
export class PacketList implements SpooledAudio {
  readonly #segments: { place: number; packets: number }[] = [];
  #bytes = new Uint8Array(0);
  #used = 0;
  #lengths = new Uint16Array(0);
  #packets = 0;

  get segments(): readonly SpoolSegment[] {
    return this.#segments;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  get lengths(): Uint16Array {
    return this.#lengths.subarray(0, this.#packets);
  }

  /** Places must grow. */
  add(place: number, packet: Uint8Array): void {
    this.#addPlaces(place, 1);
    this.#makeRoom(packet.length, 1);
    this.#bytes.set(packet, this.#used);
    this.#used += packet.length;
    this.#lengths[this.#packets++] = packet.length;
  }

  /** Takes what lies behind all that is there. */
  append({ segments, bytes, lengths }: SpooledAudio): void {
    for (const { place, packets } of segments) this.#addPlaces(place, packets);
    this.#makeRoom(bytes.length, lengths.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#lengths.set(lengths, this.#packets);
    this.#packets += lengths.length;
  }

  #addPlaces(place: number, packets: number): void {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.place + last.packets === place) last.packets += packets;
    else this.#segments.push({ place, packets });
  }

  #makeRoom(bytes: number, packets: number): void {
    this.#bytes = withRoom(this.#bytes, this.#used + bytes);
    this.#lengths = withRoom(this.#lengths, this.#packets + packets);
  }
}

function withRoom<A extends Uint8Array | Uint16Array>(array: A, length: number): A {
  if (length <= array.length) return array;
  const grown = new (array.constructor as new (length: number) => A)(
    Math.max(length, array.length * 2),
  );
  grown.set(array);
  return grown;
}
