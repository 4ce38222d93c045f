import { checkNames, EarshotError } from '../errors.js';
import { AsyncQueue } from '../speech/async-queue.js';
import { VoiceActivityDetector, type VoiceActivityOptions } from '../speech/voice-activity.js';
import type {
  AudioChunk,
  Hypothesis,
  Recognizer,
  RecognizerContext,
  RecognizerSession,
} from './recognizer.js';

export interface ActivityOptions {
  readonly voiceActivity?: VoiceActivityOptions;
}

const SAMPLE_RATES_HZ = [16_000, 8000, 12_000, 24_000, 48_000];
const MAX_UNREAD_HYPOTHESES = 1024;

/**
 * Tells when somebody speaks and how loud, and no words: what is left where no model is found.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`
 */
export function createActivityRecognizer(options: ActivityOptions = {}): Recognizer {
  checkNames('activity', options, ['voiceActivity']);
  new VoiceActivityDetector(16_000, options.voiceActivity);
  return new ActivityRecognizer(options.voiceActivity ?? {});
}

class ActivityRecognizer implements Recognizer {
  readonly name = 'activity';
  readonly capabilities: Recognizer['capabilities'] = {
    sampleRatesHz: SAMPLE_RATES_HZ,
    chunkMs: 20,
    acceptsRepair: false,
    words: 'none',
  };
  readonly #voiceActivity: VoiceActivityOptions;
  readonly #sessions = new Set<ActivitySession>();
  #closed = false;

  constructor(voiceActivity: VoiceActivityOptions) {
    this.#voiceActivity = voiceActivity;
  }

  async open({ sampleRateHz, signal }: RecognizerContext): Promise<RecognizerSession> {
    if (this.#closed) throw new EarshotError('EARSHOT_CLOSED', 'The activity recognizer is closed');
    const detector = new VoiceActivityDetector(sampleRateHz, this.#voiceActivity);
    const session = new ActivitySession(detector, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    if (signal?.aborted === true) await session.close();
    signal?.addEventListener('abort', () => void session.close(), { once: true });
    return session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }
}

class ActivitySession implements RecognizerSession {
  readonly backlogMs = 0;
  readonly #detector: VoiceActivityDetector;
  readonly #onClose: () => void;
  readonly #queue = new AsyncQueue<Hypothesis>(MAX_UNREAD_HYPOTHESES);
  #closed = false;

  constructor(detector: VoiceActivityDetector, onClose: () => void) {
    this.#detector = detector;
    this.#onClose = onClose;
  }

  get hypotheses(): AsyncIterable<Hypothesis> {
    return this.#queue;
  }

  write(chunk: AudioChunk): void {
    this.#checkOpen();
    for (const { state, atMs, levelDb } of this.#detector.process(chunk)) {
      this.#queue.push(
        state === 'start' ? { kind: 'speech-start', atMs } : { kind: 'speech-end', atMs, levelDb },
      );
    }
  }

  async flush(): Promise<void> {
    this.#checkOpen();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.end();
    this.#onClose();
  }

  #checkOpen(): void {
    if (this.#closed) throw new EarshotError('EARSHOT_CLOSED', 'The activity session is closed');
  }
}
