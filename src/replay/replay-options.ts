import { checkNames, checkOneOf } from '../errors.js';
import type { AudioFrame } from '../receiver/audio-frame.js';
import { type ReceiverOptions, resolveReceiverOptions } from '../receiver/options.js';
import type { OutputPaths } from './outputs.js';
import type { Stopwatch } from './receiver-drive.js';
import type { TraceSpeech } from './spoken-trace.js';
import type { StreamChoice } from './streams.js';

export type ReplayMode = 'recognizer' | 'playout';

/** What recognizers take, and for people all that Opus holds. */
export const USUAL_RATES_HZ: Readonly<Record<ReplayMode, number>> = {
  recognizer: 16_000,
  playout: 48_000,
};

/** Options of the receiver, the choice of the stream, and what to do with the audio. */
export interface ReplayOptions
  extends Omit<ReceiverOptions, 'mode' | 'sampleRateHz' | 'channels' | 'captureTimeExtension'>,
    StreamChoice,
    OutputPaths {
  /**
   * `recognizer` hands frames out as early as it can, `playout` plays what a listener would hear.
   *
   * @defaultValue 'recognizer'
   */
  readonly mode?: ReplayMode;
  /** As in `ReceiverOptions`. @defaultValue 16000, in mode `playout` 48000 */
  readonly sampleRateHz?: number;
  /**
   * Speech for a capture that holds headers alone, as timing traces do.
   *
   * @defaultValue a synthetic voice
   */
  readonly speech?: TraceSpeech | undefined;
  /** Gets every frame of mode `recognizer`; its PCM is valid only during the call. */
  readonly onFrame?: (frame: AudioFrame) => void;
  /** Measures `cost`: a running time in ns. Replay itself reads no clock. @defaultValue no cost in the report */
  readonly stopwatch?: Stopwatch;
  /** Ends the replay early with the signal's reason. */
  readonly signal?: AbortSignal;
}

const NAMES = [
  'mode',
  'sampleRateHz',
  'deadlineMs',
  'eagerness',
  'payloadType',
  'codecs',
  'maxFillMs',
  'minDelayMs',
  'maxDelayMs',
  'libopus',
  'concealment',
  'ssrc',
  'speech',
  'wavPath',
  'framesPath',
  'htmlPath',
  'onFrame',
  'stopwatch',
  'signal',
];

/**
 * Checks options and takes out those of the receiver.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`; `EARSHOT_LIBOPUS_UNUSABLE`
 */
export function receiverOptionsOf(options: ReplayOptions): ReceiverOptions {
  checkNames('replay', options, NAMES);
  const { mode = 'recognizer', sampleRateHz = USUAL_RATES_HZ[mode] } = options;
  checkOneOf('mode', mode, ['recognizer', 'playout'] as const);
  const { ssrc, speech, wavPath, framesPath, htmlPath, onFrame, stopwatch, signal, ...others } =
    options;
  const receiverOptions = { ...others, sampleRateHz };
  resolveReceiverOptions(receiverOptions);
  return receiverOptions;
}
