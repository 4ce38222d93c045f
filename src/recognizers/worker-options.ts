import { checkRange } from '../errors.js';
import type { UtteranceOptions } from '../speech/utterance-segmenter.js';
import { VoiceActivityDetector, type VoiceActivityOptions } from '../speech/voice-activity.js';
import type { RecognizerCapabilities } from './recognizer.js';

/** What every recognizer with a decoder in a worker can be told. */
export interface WorkerOptions {
  /** Sessions at once, 1..256. Each has a thread and a model of its own. */
  readonly maxSessions?: number;
  /** Audio that may wait for a decoder, 200..60000 ms. @defaultValue 5000 */
  readonly maxBacklogMs?: number;
  /** An utterance is ended after this even while speech goes on, 2000..60000 ms. @defaultValue 20000 */
  readonly maxUtteranceMs?: number;
  readonly voiceActivity?: VoiceActivityOptions;
}

/** Names of `WorkerOptions`, for checks of a recognizer's own. */
export const WORKER_OPTIONS: readonly string[] = [
  'maxSessions',
  'maxBacklogMs',
  'maxUtteranceMs',
  'voiceActivity',
];

export interface WorkerConfig {
  readonly maxSessions: number;
  readonly maxBacklogMs: number;
  readonly utterances: UtteranceOptions;
  readonly capabilities: RecognizerCapabilities;
}

/** What the models at hand were trained on. */
const SAMPLE_RATE_HZ = 16_000;
/** A decoder wants some noise before the first word. */
const LEAD_IN_MS = 300;

/**
 * Checks the options once and fills in the defaults.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value
 */
export function resolveWorkerOptions(
  options: WorkerOptions,
  defaultMaxSessions: number,
): WorkerConfig {
  const {
    maxSessions = defaultMaxSessions,
    maxBacklogMs = 5000,
    maxUtteranceMs = 20_000,
    voiceActivity = {},
  } = options;
  checkRange('maxSessions', maxSessions, 1, 256);
  checkRange('maxBacklogMs', maxBacklogMs, 200, 60_000);
  checkRange('maxUtteranceMs', maxUtteranceMs, 2000, 60_000);
  // Its constructor is where its options are checked.
  new VoiceActivityDetector(SAMPLE_RATE_HZ, voiceActivity);
  return {
    maxSessions,
    maxBacklogMs,
    utterances: { leadInMs: LEAD_IN_MS, maxUtteranceMs, voiceActivity },
    capabilities: {
      sampleRatesHz: [SAMPLE_RATE_HZ],
      chunkMs: 20,
      acceptsRepair: false,
      words: 'timed',
    },
  };
}
