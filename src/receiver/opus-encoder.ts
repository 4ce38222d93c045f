import { checkNames, checkOneOf, checkRange, EarshotError } from '../errors.js';
import { loadAddon } from './binding.js';

export interface OpusEncoderOptions {
  /** 8000, 12000, 16000, 24000 or 48000 Hz. @defaultValue 48000 */
  readonly sampleRateHz?: number;
  /** 6000..510000 bit/s. @defaultValue 32000 */
  readonly bitrateBps?: number;
  /** Length of a packet: 2.5, 5, 10, 20, 40 or 60 ms. @defaultValue 20 */
  readonly frameMs?: number;
  /** In-band copies of the packet before (LBRR); they are written only when loss is expected. @defaultValue 'off' */
  readonly fec?: 'on' | 'off';
  /** 0..100. @defaultValue 10 with `fec: 'on'`, else 0 */
  readonly expectedLossPercent?: number;
  /** Stop sending during silence. @defaultValue 'off' */
  readonly dtx?: 'on' | 'off';
  /** @defaultValue 'voip' */
  readonly application?: 'voip' | 'audio';
  /** 0..10: how much time is spent on each frame, for the quality of the sound. @defaultValue that of libopus, 9 */
  readonly complexity?: number;
}

const NAMES = [
  'sampleRateHz',
  'bitrateBps',
  'frameMs',
  'fec',
  'expectedLossPercent',
  'dtx',
  'application',
  'complexity',
];

/** What a call of libopus makes a packet of (opus_encode of 1.2 and later). */
const PACKET_MS = [2.5, 5, 10, 20, 40, 60, 80, 100, 120] as const;

/** A small mono Opus encoder, for publishing and for tests. */
export class OpusEncoder {
  /** Samples that `encode` takes. */
  readonly frameSamples: number;
  /** RTP ticks (48 kHz) from one packet to the next. */
  readonly frameTicks: number;
  readonly #lengths: ReadonlySet<number>;
  #native: { encode(pcm: Int16Array): Uint8Array } | undefined;

  /** @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value */
  constructor(options: OpusEncoderOptions = {}) {
    checkNames('OpusEncoder', options, NAMES);
    const {
      sampleRateHz = 48_000,
      bitrateBps = 32_000,
      frameMs = 20,
      fec = 'off',
      expectedLossPercent = fec === 'on' ? 10 : 0,
      dtx = 'off',
      application = 'voip',
      complexity,
    } = options;
    checkOneOf('sampleRateHz', sampleRateHz, [8000, 12_000, 16_000, 24_000, 48_000]);
    checkRange('bitrateBps', bitrateBps, 6000, 510_000);
    checkOneOf('frameMs', frameMs, [2.5, 5, 10, 20, 40, 60]);
    checkOneOf('fec', fec, ['on', 'off']);
    checkRange('expectedLossPercent', expectedLossPercent, 0, 100);
    checkOneOf('dtx', dtx, ['on', 'off']);
    checkOneOf('application', application, ['voip', 'audio']);
    if (complexity !== undefined) checkRange('complexity', complexity, 0, 10);
    this.frameSamples = (sampleRateHz * frameMs) / 1000;
    this.frameTicks = 48 * frameMs;
    this.#lengths = new Set(PACKET_MS.map((ms) => (sampleRateHz * ms) / 1000));
    this.#native = new (loadAddon().OpusEncoder)(
      sampleRateHz,
      Math.round(bitrateBps),
      Math.round(expectedLossPercent),
      fec === 'on',
      dtx === 'on',
      application === 'voip',
      complexity === undefined ? undefined : Math.round(complexity),
    );
  }

  /**
   * Encodes one packet.
   *
   * @param pcm - mono, `frameSamples` long, or as long as any other Opus packet: 2.5, 5, 10, 20, 40, 60, 80, 100 or 120 ms
   * @returns the Opus packet; with DTX one of at most 2 bytes means that nothing need be sent
   * @throws {EarshotError} `EARSHOT_BAD_ARGUMENT` for another length; `EARSHOT_CLOSED`
   */
  encode(pcm: Int16Array): Uint8Array {
    if (this.#native === undefined) {
      throw new EarshotError('EARSHOT_CLOSED', 'This encoder is closed; make a new one');
    }
    if (!(pcm instanceof Int16Array) || !this.#lengths.has(pcm.length)) {
      throw new EarshotError(
        'EARSHOT_BAD_ARGUMENT',
        `Expected pcm to be an Int16Array of ${this.frameSamples} samples, got ${pcm?.length}`,
      );
    }
    return this.#native.encode(pcm);
  }

  /** Frees the encoder; calling it again does nothing. */
  close(): void {
    this.#native = undefined;
  }
}
