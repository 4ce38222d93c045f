import { checkNames, checkOneOf, checkRange, EarshotError } from '../errors.js';
import { loadAddon } from './binding.js';
import { opusFeatures } from './opus-features.js';

/**
 * Who listens: `recognizer` gets frames in order and at once, `playout` 10 ms at a time on a steady clock, `both` share
 * one decoding.
 */
export type ReceiverMode = 'recognizer' | 'playout' | 'both';

/** How lost audio is made up: `deep` by the network of a libopus that has one, within a budget; else `classic`. */
export type ConcealmentChoice = 'classic' | 'deep';

export interface ReceiverOptions {
  /** @defaultValue 'recognizer' */
  readonly mode?: ReceiverMode;
  /** Rate of the PCM handed out: 8000, 12000, 16000, 24000 or 48000 Hz. @defaultValue 16000 */
  readonly sampleRateHz?: number;
  /** 1, or 2 in mode `playout`: interleaved. @defaultValue 1 */
  readonly channels?: 1 | 2;
  /** Longest a frame may wait behind the minimum-delay line, 0..1000 ms. @defaultValue 150 */
  readonly deadlineMs?: number;
  /**
   * What delay weighs against words when a packet is missing and newer ones are here, 0..1000 to three decimals, as a
   * multiple of what is usual. At 0 every hole is waited for until the deadline, which loses least; at 100 and more it is
   * filled at once unless the path mends nearly every hole. Mode `playout` has no use for it. @defaultValue 1
   */
  readonly eagerness?: number;
  /** RTP payload type of Opus, 0..127, where the stream holds nothing else; short for `codecs`. */
  readonly payloadType?: number | undefined;
  /**
   * What payload types mean, as in SDP: `{ 111: 'opus/48000/2', 63: 'red/48000/2', 101: 'telephone-event/8000' }`; also
   * `PCMU`, `PCMA`, `L16` and `CN`. Packets of others are counted and left out.
   *
   * @defaultValue guessed from the first packet: a dynamic type is Opus, static ones are those of RFC 3551
   */
  readonly codecs?: Readonly<Record<number, string>> | undefined;
  /** Number of the header extension abs-capture-time, 1..255, where it was negotiated. */
  readonly captureTimeExtension?: number | undefined;
  /** Longest gap that is filled with samples, 20..10000 ms; over a longer one the media position jumps. @defaultValue 2000 */
  readonly maxFillMs?: number;
  /** Least delay of playout over the minimum-delay line, 0..1000 ms. @defaultValue 0 */
  readonly minDelayMs?: number;
  /** Greatest delay of playout, 20..1000 ms and at least `minDelayMs`; audio that would be later is dropped. @defaultValue 1000 */
  readonly maxDelayMs?: number;
  /** Path or name of a shared libopus in place of the one that is built in. */
  readonly libopus?: string | undefined;
  /** @defaultValue 'deep' where the libopus can, else 'classic' */
  readonly concealment?: ConcealmentChoice;
}

/** `ReceiverOptions` with every default filled in. */
export interface ReceiverConfig {
  readonly mode: ReceiverMode;
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  readonly deadlineMs: number;
  readonly eagerness: number;
  readonly payloadType: number | undefined;
  readonly codecs: Readonly<Record<number, string>> | undefined;
  readonly captureTimeExtension: number | undefined;
  readonly maxFillMs: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly libopus: string | undefined;
  readonly concealment: ConcealmentChoice;
}

const NAMES = [
  'mode',
  'sampleRateHz',
  'channels',
  'deadlineMs',
  'eagerness',
  'payloadType',
  'codecs',
  'captureTimeExtension',
  'maxFillMs',
  'minDelayMs',
  'maxDelayMs',
  'libopus',
  'concealment',
];

const SAMPLE_RATES_HZ = [8000, 12000, 16000, 24000, 48000] as const;
const MODES: readonly ReceiverMode[] = ['recognizer', 'playout', 'both'];
const CONCEALMENTS: readonly ConcealmentChoice[] = ['classic', 'deep'];

/**
 * Checks options once and fills in the defaults.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value; `EARSHOT_LIBOPUS_UNUSABLE`
 */
export function resolveReceiverOptions(options: ReceiverOptions = {}): ReceiverConfig {
  checkNames('Receiver', options, NAMES);
  const {
    mode = 'recognizer',
    sampleRateHz = 16_000,
    channels = 1,
    deadlineMs = 150,
    eagerness = 1,
    payloadType,
    codecs,
    captureTimeExtension,
    maxFillMs = 2000,
    minDelayMs = 0,
    maxDelayMs = 1000,
    libopus,
  } = options;
  checkOneOf('mode', mode, MODES);
  checkOneOf('sampleRateHz', sampleRateHz, SAMPLE_RATES_HZ);
  checkOneOf('channels', channels, [1, 2] as const);
  if (channels === 2 && mode !== 'playout') {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected channels to be 1 in mode ${mode}, got 2: a recognizer hears one channel`,
    );
  }
  checkRange('deadlineMs', deadlineMs, 0, 1000);
  checkRange('eagerness', eagerness, 0, 1000);
  if (payloadType !== undefined) checkRange('payloadType', payloadType, 0, 127);
  if (codecs !== undefined) checkCodecs(codecs, payloadType);
  if (captureTimeExtension !== undefined) {
    checkRange('captureTimeExtension', captureTimeExtension, 1, 255);
  }
  checkRange('maxFillMs', maxFillMs, 20, 10_000);
  checkRange('minDelayMs', minDelayMs, 0, 1000);
  checkRange('maxDelayMs', maxDelayMs, Math.max(20, minDelayMs), 1000);
  const { deepPlc } = opusFeatures(libopus);
  const concealment = options.concealment ?? (deepPlc ? 'deep' : 'classic');
  checkOneOf('concealment', concealment, CONCEALMENTS);
  if (concealment === 'deep' && !deepPlc) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      'Expected concealment to be classic, got deep: this libopus has no network for it; ' +
        'give libopus the path of 1.5 or newer that was built with deep PLC',
    );
  }
  return {
    mode,
    sampleRateHz,
    channels,
    deadlineMs,
    eagerness,
    payloadType,
    codecs,
    captureTimeExtension,
    maxFillMs,
    minDelayMs,
    maxDelayMs,
    libopus,
    concealment,
  };
}

function checkCodecs(codecs: Readonly<Record<number, string>>, payloadType: unknown): void {
  if (payloadType !== undefined) {
    throw new EarshotError('EARSHOT_BAD_OPTION', 'Give payloadType or codecs, not both');
  }
  const entries = Object.entries(codecs);
  if (entries.length === 0) {
    throw new EarshotError('EARSHOT_BAD_OPTION', 'Expected codecs to name a payload type, got {}');
  }
  for (const [type, rtpmap] of entries) {
    checkRange('payload types of codecs', Number(type), 0, 127);
    const problem =
      typeof rtpmap === 'string' ? loadAddon().checkCodec(rtpmap) : `a ${typeof rtpmap}`;
    if (problem === undefined) continue;
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected codecs[${type}] to be opus, PCMU, PCMA, L16, CN, telephone-event or red with a clock rate, ` +
        `as in 'opus/48000/2', got ${JSON.stringify(rtpmap)}: ${problem} is not supported`,
    );
  }
}
