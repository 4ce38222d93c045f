import { checkOneOf, EarshotError } from '../errors.js';
import { TICKS_PER_MS, TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import { OpusEncoder } from '../receiver/opus-encoder.js';
import type { EncoderRateHz } from './resampler.js';

/** Speech that goes round and round. */
export interface LoopedSpeech {
  readonly sampleRateHz: EncoderRateHz;
  readonly pcm: Int16Array;
}

export interface SpeechEncoderOptions {
  readonly bitrateBps: number;
  /** @defaultValue 'off' */
  readonly fec?: 'on' | 'off' | undefined;
}

const PACKED_FRAME_TICKS = 480;
/** What libopus makes in one call; the rest is put together from frames of 10 ms. */
const ENCODED_MS: readonly number[] = [2.5, 5, 10, 20, 40, 60, 80, 100, 120];
/** RFC 6716 3.2.1: lengths from here on take two bytes. */
const FIRST_LONG_LENGTH = 252;

/** Encodes any stretch of a speech that never ends, packet after packet with one encoder. */
export class SpeechEncoder {
  readonly #speech: LoopedSpeech;
  readonly #encoder: OpusEncoder;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` */
  constructor(speech: LoopedSpeech, { bitrateBps, fec = 'off' }: SpeechEncoderOptions) {
    checkOneOf('fec', fec, ['on', 'off'] as const);
    if (!(speech.pcm instanceof Int16Array) || speech.pcm.length === 0) {
      throw new EarshotError('EARSHOT_BAD_OPTION', 'Expected speech to hold a sample at least');
    }
    this.#speech = speech;
    this.#encoder = new OpusEncoder({ sampleRateHz: speech.sampleRateHz, bitrateBps, fec });
  }

  /**
   * The Opus packet of `durationTicks` of speech from `mediaTicks` on.
   *
   * @param durationTicks - what an Opus packet may have: up to 120 ms, a multiple of 10 ms or 2.5 or 5 ms
   */
  encode(mediaTicks: number, durationTicks: number): Uint8Array {
    if (ENCODED_MS.includes(durationTicks / TICKS_PER_MS)) {
      return this.#encoder.encode(this.#samples(mediaTicks, durationTicks));
    }
    const frames: Uint8Array[] = [];
    for (let at = 0; at < durationTicks; at += PACKED_FRAME_TICKS) {
      frames.push(this.#encoder.encode(this.#samples(mediaTicks + at, PACKED_FRAME_TICKS)));
    }
    return packFrames(frames);
  }

  close(): void {
    this.#encoder.close();
  }

  #samples(mediaTicks: number, durationTicks: number): Int16Array {
    const { pcm, sampleRateHz } = this.#speech;
    const ticksPerSample = TICKS_PER_SECOND / sampleRateHz;
    const samples = new Int16Array(durationTicks / ticksPerSample);
    const start = Math.floor(mediaTicks / ticksPerSample) % pcm.length;
    let from = start < 0 ? start + pcm.length : start;
    for (let at = 0; at < samples.length; ) {
      const part = pcm.subarray(from, from + samples.length - at);
      samples.set(part, at);
      at += part.length;
      from = 0;
    }
    return samples;
  }
}

/**
 * Puts packets of one frame each into one packet (RFC 6716 3.2.5, code 3 with lengths). A frame coded in another way than the
 * first cannot be in it: it stays empty, which a decoder conceals.
 */
function packFrames(packets: readonly Uint8Array[]): Uint8Array {
  const [toc = 0] = packets[0] ?? [];
  const frames = packets.map((packet) =>
    packet[0] === toc ? packet.subarray(1) : packet.subarray(0, 0),
  );
  const lengths = frames.slice(0, -1).flatMap(({ length }) => {
    if (length < FIRST_LONG_LENGTH) return [length];
    const low = FIRST_LONG_LENGTH + (length & 3);
    return [low, (length - low) >> 2];
  });
  const hasLengths = 0x80;
  return Buffer.concat([Uint8Array.of(toc | 3, hasLengths | frames.length, ...lengths), ...frames]);
}
