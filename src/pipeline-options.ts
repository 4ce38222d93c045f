import { type Clock, systemClock } from './clock.js';
import { checkNames, checkRange, EarshotError } from './errors.js';
import type { ReceiverConfig, ReceiverOptions } from './receiver/options.js';
import { resolveReceiverOptions } from './receiver/options.js';
import type { Recognizer } from './recognizers/recognizer.js';
import { OPUS_LOOKAHEAD_MS } from './speech/latency-ledger.js';

export interface SpeechPipelineOptions {
  readonly recognizer: Recognizer;
  /** Of the engine; without `deadlineMs` it is what the budget leaves. */
  readonly receiver?: ReceiverOptions;
  /** BCP 47 tag, a hint to the recognizer. */
  readonly language?: string;
  /** @defaultValue the machine's monotonic clock */
  readonly clock?: Clock;
  /** Capture to recognizer, 20..5000 ms. @defaultValue 150 */
  readonly budgetMs?: number;
  /** Least transit assumed while the sender's clock is unknown, 0..2000 ms. @defaultValue 45 */
  readonly assumedUplinkMs?: number;
  /** Length of a chunk for the recognizer, 10..200 ms. @defaultValue what the recognizer likes */
  readonly chunkMs?: number;
  /** Audio that may wait for a slow recognizer before the oldest is dropped, 100..60000 ms. @defaultValue 2000 */
  readonly maxDecodeBufferMs?: number;
  /** Times a recognizer that failed is opened again, 0..100. @defaultValue 3 */
  readonly recognizerRetries?: number;
  /** Closes the pipeline. */
  readonly signal?: AbortSignal;
}

/** `SpeechPipelineOptions` with every default filled in. */
export interface SpeechPipelineConfig {
  readonly recognizer: Recognizer;
  readonly receiver: ReceiverConfig;
  readonly language: string | undefined;
  readonly clock: Clock;
  readonly budgetMs: number;
  readonly assumedUplinkMs: number;
  readonly chunkMs: number;
  readonly maxDecodeBufferMs: number;
  readonly recognizerRetries: number;
  readonly signal: AbortSignal | undefined;
}

const OPTIONS = [
  'recognizer',
  'receiver',
  'language',
  'clock',
  'budgetMs',
  'assumedUplinkMs',
  'chunkMs',
  'maxDecodeBufferMs',
  'recognizerRetries',
  'signal',
];
/** Parts of the budget besides the uplink, the engine and the chunk, ms: see README, "Where the 150 ms go". */
const FRAME_MS = 20;
const DECODE_MS = 3;
const SLACK_MS = 5;

/**
 * Checks options once and fills in the defaults.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION` with the range and the value
 */
export function resolvePipelineOptions(options: SpeechPipelineOptions): SpeechPipelineConfig {
  checkNames('SpeechPipeline', options, OPTIONS);
  const { recognizer, clock = systemClock, language, signal } = options;
  const { sampleRatesHz, chunkMs: likedMs } = recognizer.capabilities;
  const {
    budgetMs = 150,
    assumedUplinkMs = 45,
    chunkMs = likedMs,
    maxDecodeBufferMs = 2000,
    recognizerRetries = 3,
  } = options;
  checkRange('budgetMs', budgetMs, 20, 5000);
  checkRange('assumedUplinkMs', assumedUplinkMs, 0, 2000);
  checkRange('chunkMs', chunkMs, 10, 200);
  checkRange('maxDecodeBufferMs', maxDecodeBufferMs, 100, 60_000);
  checkRange('recognizerRetries', recognizerRetries, 0, 100);
  const receiver = resolveReceiverOptions({
    sampleRateHz: sampleRatesHz[0] ?? 16_000,
    deadlineMs: engineDeadlineMs(budgetMs, assumedUplinkMs, chunkMs),
    ...options.receiver,
  });
  if (receiver.mode !== 'recognizer') {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected receiver.mode to be recognizer in a SpeechPipeline, got ${receiver.mode}`,
    );
  }
  if (!sampleRatesHz.includes(receiver.sampleRateHz)) {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected receiver.sampleRateHz to be ${sampleRatesHz.join(' or ')} for ${recognizer.name}, got ${receiver.sampleRateHz}`,
    );
  }
  return {
    recognizer,
    receiver,
    language,
    clock,
    budgetMs,
    assumedUplinkMs,
    chunkMs,
    maxDecodeBufferMs,
    recognizerRetries,
    signal,
  };
}

/** What the budget leaves for waiting at a hole, 0..1000 ms. */
export function engineDeadlineMs(budgetMs: number, uplinkMs: number, chunkMs: number): number {
  const rest = FRAME_MS + OPUS_LOOKAHEAD_MS + uplinkMs + DECODE_MS + chunkMs + SLACK_MS;
  return Math.min(1000, Math.max(0, budgetMs - rest));
}
