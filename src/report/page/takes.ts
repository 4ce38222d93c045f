import { CELL_MS } from '../../analysis/cell-track.js';
import { oggOpus } from '../ogg-opus.js';
import type { PackedAudio } from '../page-data.js';
import { bytesOf, wordsOf } from './base64.js';
import { type CallData, textOf } from './call-data.js';

/** What of a call is played: packets in time only, all that was handed out in time, or after the repairs. */
export type Take = 'arrived' | 'in-time' | 'repaired';

const SAMPLES_PER_MS = 48;
/** Rate of the sound that `Takes` gives. */
export const TAKE_RATE_HZ = 48_000;
/** The encoder's look-ahead (RFC 6716 4 and libopus: 6.5 ms). */
const LOOKAHEAD_SAMPLES = 312;
/** A decoder needs 80 ms to be in step (RFC 7845 4.6). */
const LEAD_PACKETS = 2;
/** Kinds that came as they were sent: received, comfort noise, dtx, silence; and places without any. */
const CAME: ReadonlySet<number> = new Set([0, 5, 6, 7, 8]);
/** Edges of holes are not cut off, or they would click. */
const FADE_SAMPLES = 96;

/** Gives the sound of any stretch of the call, as one of the takes. */
export class Takes {
  readonly #data: CallData;
  readonly #first: PacketStore;
  readonly #repaired: PacketStore;
  readonly #decode: (file: ArrayBuffer) => Promise<AudioBuffer>;

  constructor(data: CallData, decode: (file: ArrayBuffer) => Promise<AudioBuffer>) {
    this.#data = data;
    this.#decode = decode;
    this.#first = new PacketStore('audio-first', data.audio.first);
    this.#repaired = new PacketStore('audio-repaired', data.audio.repaired);
  }

  /** Sound at 48 kHz from the packet at or before `fromMs` on. */
  async sound(
    take: Take,
    fromMs: number,
    durationMs: number,
  ): Promise<{ readonly startMs: number; readonly samples: Float32Array<ArrayBuffer> }> {
    const { frameMs } = this.#data.audio;
    const from = Math.max(0, Math.floor(fromMs / frameMs));
    const to = Math.max(from + 1, Math.ceil((fromMs + durationMs) / frameMs));
    const samples = new Float32Array((to - from) * frameMs * SAMPLES_PER_MS);
    await this.#fill(samples, this.#first, from, to);
    if (take === 'repaired') await this.#fill(samples, this.#repaired, from, to);
    if (take === 'arrived') this.#mute(samples, from * frameMs);
    return { startMs: from * frameMs, samples };
  }

  async #fill(samples: Float32Array, store: PacketStore, from: number, to: number): Promise<void> {
    const packetSamples = this.#data.audio.frameMs * SAMPLES_PER_MS;
    for (const { place, packets, lead } of store.stretches(from, to)) {
      const playedSamples = (packets.length - lead) * packetSamples - LOOKAHEAD_SAMPLES;
      const preSkipSamples = lead * packetSamples + LOOKAHEAD_SAMPLES;
      const file = oggOpus({ packets, packetSamples, preSkipSamples, playedSamples });
      const decoded = (await this.#decode(file.buffer)).getChannelData(0);
      // Laid over what is there already, a decoder is heard only once it is in step.
      const unheard = store === this.#repaired ? (LEAD_PACKETS - lead) * packetSamples : 0;
      const at = (place - from) * packetSamples + unheard;
      samples.set(decoded.subarray(unheard, unheard + samples.length - at), at);
    }
  }

  #mute(samples: Float32Array, startMs: number): void {
    const runs = this.#data.first;
    const cellSamples = CELL_MS * SAMPLES_PER_MS;
    const firstCell = Math.round(startMs / CELL_MS);
    const came = (cell: number): boolean => CAME.has(runs.at(cell) ?? 8);
    for (let at = 0; at < samples.length; at += cellSamples) {
      const cell = firstCell + at / cellSamples;
      if (came(cell)) continue;
      const end = Math.min(samples.length, at + cellSamples);
      for (let sample = at; sample < end; sample++) {
        const sinceStart = came(cell - 1) ? sample - at : FADE_SAMPLES;
        const untilEnd = came(cell + 1) ? end - 1 - sample : FADE_SAMPLES;
        const gain = Math.max(0, 1 - Math.min(sinceStart, untilEnd) / FADE_SAMPLES);
        samples[sample] = (samples[sample] as number) * gain;
      }
    }
  }
}

/** Packets to decode one after the other, the first `lead` of them for the decoder only. */
interface Stretch {
  /** Of the first packet that is heard. */
  readonly place: number;
  readonly packets: readonly Uint8Array[];
  readonly lead: number;
}

/** The packets of one audio element; its bytes are read when the first is asked for. */
class PacketStore {
  readonly #id: string;
  readonly #audio: PackedAudio;
  #bytes: Uint8Array | undefined;
  #lengths: Uint16Array = new Uint16Array(0);
  #offsets = new Uint32Array(0);

  constructor(id: string, audio: PackedAudio) {
    this.#id = id;
    this.#audio = audio;
  }

  /** What there is of places `[from, to)`. */
  *stretches(from: number, to: number): Generator<Stretch> {
    let index = 0;
    for (const { place, packets } of this.#audio.segments) {
      if (place >= to) return;
      const end = place + packets;
      if (end > from) {
        const first = Math.max(place, from);
        const lead = Math.min(LEAD_PACKETS, first - place);
        // One more behind it holds the last samples, which the encoder's look-ahead shifts into it.
        const last = Math.min(end, to + 1);
        yield {
          place: first,
          packets: this.#packets(index + first - lead - place, index + last - place),
          lead,
        };
      }
      index += packets;
    }
  }

  #packets(from: number, to: number): Uint8Array[] {
    const bytes = this.#load();
    return Array.from({ length: to - from }, (_, i) => {
      const offset = this.#offsets[from + i] as number;
      return bytes.subarray(offset, offset + (this.#lengths[from + i] as number));
    });
  }

  #load(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    this.#bytes = bytesOf(textOf(this.#id));
    this.#lengths = wordsOf(this.#audio.lengths);
    this.#offsets = new Uint32Array(this.#lengths.length);
    for (let at = 1; at < this.#lengths.length; at++) {
      this.#offsets[at] = (this.#offsets[at - 1] as number) + (this.#lengths[at - 1] as number);
    }
    return this.#bytes;
  }
}
