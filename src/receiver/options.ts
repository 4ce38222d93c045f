import { checkNames, checkOneOf, checkRange, EarshotError } from '../errors.js';

/** How a receiver hands out audio: `recognizer` in order and at once, `playout` on a steady clock (not built yet). */
export type ReceiverMode = 'recognizer' | 'playout';

export interface ReceiverOptions {
  /** @defaultValue 'recognizer' */
  readonly mode?: ReceiverMode;
  /** Rate of the PCM handed out: 8000, 12000, 16000, 24000 or 48000 Hz. @defaultValue 16000 */
  readonly sampleRateHz?: number;
  /** Longest a frame may wait behind the minimum-delay line, 0..1000 ms. @defaultValue 150 */
  readonly deadlineMs?: number;
  /** RTP payload type of Opus, 0..127; packets of others are counted and left out. @defaultValue the first packet's */
  readonly payloadType?: number;
  /** Longest gap that is filled with samples, 20..10000 ms; over a longer one the media position jumps. @defaultValue 2000 */
  readonly maxFillMs?: number;
}

/** `ReceiverOptions` with every default filled in. */
export interface ReceiverConfig {
  readonly mode: ReceiverMode;
  readonly sampleRateHz: number;
  readonly deadlineMs: number;
  readonly payloadType: number | undefined;
  readonly maxFillMs: number;
}

const SAMPLE_RATES_HZ = [8000, 12000, 16000, 24000, 48000] as const;
const MODES: readonly ReceiverMode[] = ['recognizer', 'playout'];
const NAMES = ['mode', 'sampleRateHz', 'deadlineMs', 'payloadType', 'maxFillMs'];

/**
 * Checks options once and fills in the defaults.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value; `EARSHOT_NOT_BUILT_YET` for playout mode
 */
export function resolveReceiverOptions(options: ReceiverOptions = {}): ReceiverConfig {
  checkNames('Receiver', options, NAMES);
  const {
    mode = 'recognizer',
    sampleRateHz = 16_000,
    deadlineMs = 150,
    payloadType,
    maxFillMs = 2000,
  } = options;
  checkOneOf('mode', mode, MODES);
  if (mode === 'playout') {
    throw new EarshotError(
      'EARSHOT_NOT_BUILT_YET',
      'Playout mode is not built yet; use mode: recognizer',
    );
  }
  checkOneOf('sampleRateHz', sampleRateHz, SAMPLE_RATES_HZ);
  checkRange('deadlineMs', deadlineMs, 0, 1000);
  if (payloadType !== undefined) checkRange('payloadType', payloadType, 0, 127);
  checkRange('maxFillMs', maxFillMs, 20, 10_000);
  return { mode, sampleRateHz, deadlineMs, payloadType, maxFillMs };
}
