import { checkNames, checkOneOf, EarshotError } from '../errors.js';
import { loadAddon } from './binding.js';
import type { NativeModule } from './native-module.js';
import { opusFeatures } from './opus-features.js';

export interface OpusDecoderOptions {
  /** 8000, 12000, 16000, 24000 or 48000 Hz. */
  readonly sampleRateHz: number;
  /** 1 or 2, interleaved. @defaultValue 1 */
  readonly channels?: 1 | 2;
  /** A shared libopus, as `opusFeatures` takes it. @defaultValue the one that is built in */
  readonly libopus?: string;
}

const NAMES = ['sampleRateHz', 'channels', 'libopus'];

/** The bare codec without any receiver: what a loss-free network would have given, to compare with. */
export class OpusDecoder {
  #native: InstanceType<NativeModule['OpusDecoder']> | undefined;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value; `EARSHOT_LIBOPUS_UNUSABLE` */
  constructor(options: OpusDecoderOptions) {
    checkNames('OpusDecoder', options, NAMES);
    const { sampleRateHz, channels = 1, libopus } = options;
    checkOneOf('sampleRateHz', sampleRateHz, [8000, 12_000, 16_000, 24_000, 48_000]);
    checkOneOf('channels', channels, [1, 2]);
    opusFeatures(libopus);
    this.#native = new (loadAddon().OpusDecoder)(sampleRateHz, channels, libopus);
  }

  /**
   * Decodes one Opus packet to PCM.
   *
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` when libopus refuses it; `EARSHOT_CLOSED`
   */
  decode(payload: Uint8Array): Int16Array {
    return this.#guard((native) => native.decode(payload));
  }

  /**
   * Decodes into `pcm`, which must have room for the packet, and returns the number of samples.
   *
   * @throws as `decode`
   */
  decodeInto(payload: Uint8Array, pcm: Int16Array): number {
    return this.#guard((native) => native.decodeInto(payload, pcm));
  }

  /** Frees the decoder; calling it again does nothing. */
  close(): void {
    this.#native = undefined;
  }

  #guard<T>(call: (native: InstanceType<NativeModule['OpusDecoder']>) => T): T {
    if (this.#native === undefined) {
      throw new EarshotError('EARSHOT_CLOSED', 'This decoder is closed; make a new one');
    }
    try {
      return call(this.#native);
    } catch (cause) {
      throw new EarshotError('EARSHOT_BAD_ARGUMENT', `Not a decodable Opus packet: ${cause}`, {
        cause,
      });
    }
  }
}
