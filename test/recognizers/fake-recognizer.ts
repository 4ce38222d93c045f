import { EarshotError } from '../../src/errors.js';
import type {
  AudioChunk,
  Hypothesis,
  Recognizer,
  RecognizerContext,
  RecognizerSession,
} from '../../src/recognizers/recognizer.js';
import { AsyncQueue } from '../../src/speech/async-queue.js';

export interface FakeRecognizerOptions {
  /** `immediate` works off each chunk at once; `manual` when `work` is called. @defaultValue 'immediate' */
  readonly pace?: 'immediate' | 'manual';
  /** Fails once it has worked off this much audio, ms, counted per session. */
  readonly failAfterMs?: number;
  /** Sessions that fail; later ones do not. @defaultValue all */
  readonly failingSessions?: number;
  /** `open` fails from this session on. */
  readonly failOpenFrom?: number;
  /** @defaultValue 1000 */
  readonly maxBacklogMs?: number;
  /** @defaultValue 20 */
  readonly chunkMs?: number;
}

/** A second of audio is an utterance of four words, whatever is said. */
const WORD_MS = 250;
const WORDS = 4;

/** Deterministic: what it "hears" depends on how much audio it was given and on nothing else. */
export class FakeRecognizer implements Recognizer {
  readonly name = 'fake';
  readonly capabilities: Recognizer['capabilities'];
  readonly options: FakeRecognizerOptions;
  readonly sessions: FakeSession[] = [];
  #opens = 0;
  #closed = false;

  constructor(options: FakeRecognizerOptions = {}) {
    this.options = options;
    this.capabilities = {
      sampleRatesHz: [16_000],
      chunkMs: options.chunkMs ?? 20,
      acceptsRepair: false,
      words: 'timed',
    };
  }

  async open({ signal }: RecognizerContext): Promise<FakeSession> {
    if (this.#closed) throw new EarshotError('EARSHOT_CLOSED', 'The fake is closed');
    const number = this.#opens++;
    if (number >= (this.options.failOpenFrom ?? Number.POSITIVE_INFINITY)) {
      throw new EarshotError('EARSHOT_RECOGNIZER_FAILED', 'The fake does not open');
    }
    const { failingSessions = Number.POSITIVE_INFINITY, ...options } = this.options;
    const session = new FakeSession(
      number < failingSessions ? options : { ...options, failAfterMs: Number.POSITIVE_INFINITY },
    );
    this.sessions.push(session);
    if (signal?.aborted === true) await session.close();
    signal?.addEventListener('abort', () => void session.close(), { once: true });
    return session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.sessions.map((session) => session.close()));
  }
}

export class FakeSession implements RecognizerSession {
  readonly written: AudioChunk[] = [];
  readonly #options: FakeRecognizerOptions;
  readonly #queue = new AsyncQueue<Hypothesis>(10_000);
  #waiting: AudioChunk[] = [];
  #workedMs = 0;
  #utterance = 0;
  #beginMs: number | undefined;
  #endMs = 0;
  #words = 0;
  #state: 'open' | 'failed' | 'closed' = 'open';

  constructor(options: FakeRecognizerOptions) {
    this.#options = options;
  }

  get hypotheses(): AsyncIterable<Hypothesis> {
    return this.#queue;
  }

  get backlogMs(): number {
    return this.#waiting.reduce((sum, { durationMs }) => sum + durationMs, 0);
  }

  write(chunk: AudioChunk): void {
    this.#checkOpen();
    if (this.backlogMs + chunk.durationMs > (this.#options.maxBacklogMs ?? 1000)) {
      throw new EarshotError('EARSHOT_LIMIT_REACHED', 'The fake is full');
    }
    this.written.push(chunk);
    this.#waiting.push(chunk);
    if (this.#options.pace !== 'manual') this.work(Number.POSITIVE_INFINITY);
  }

  /** Works off chunks until `durationMs` of audio are done. */
  work(durationMs: number): void {
    for (let doneMs = 0; doneMs < durationMs && this.#state === 'open'; ) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) return;
      doneMs += chunk.durationMs;
      this.#accept(chunk);
    }
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    this.work(Number.POSITIVE_INFINITY);
    this.#checkOpen();
    this.#final();
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed';
    this.#waiting = [];
    this.#queue.end();
  }

  #accept({ startMs, durationMs }: AudioChunk): void {
    if (this.#beginMs !== undefined && Math.abs(startMs - this.#endMs) > 0.1) this.#final();
    if (this.#beginMs === undefined) {
      this.#beginMs = startMs;
      this.#queue.push({ kind: 'speech-start', atMs: startMs });
    }
    this.#endMs = startMs + durationMs;
    this.#workedMs += durationMs;
    if (this.#workedMs >= (this.#options.failAfterMs ?? Number.POSITIVE_INFINITY)) {
      this.#state = 'failed';
      this.#queue.end(new EarshotError('EARSHOT_RECOGNIZER_FAILED', 'The fake failed'));
      return;
    }
    const words = Math.min(WORDS, Math.floor((this.#endMs - this.#beginMs) / WORD_MS));
    if (words > this.#words) {
      this.#words = words;
      if (words === WORDS) this.#final();
      else this.#queue.push(this.#hypothesis('partial'));
    }
  }

  #final(): void {
    if (this.#beginMs === undefined) return;
    this.#queue.push(this.#hypothesis('final'));
    this.#queue.push({ kind: 'speech-end', atMs: this.#endMs });
    this.#utterance++;
    this.#words = 0;
    this.#beginMs = undefined;
  }

  #hypothesis(kind: 'partial' | 'final'): Hypothesis {
    const startMs = this.#beginMs ?? 0;
    const words = Array.from({ length: this.#words }, (_, index) => ({
      text: `word-${index}`,
      startMs: startMs + index * WORD_MS,
      endMs: startMs + (index + 1) * WORD_MS,
      confidence: 1,
    }));
    const text = words.map((word) => word.text).join(' ');
    const alternatives = Array.from({ length: 8 }, (_, index) => ({
      text: `${text} ${index}`,
      score: -index,
    }));
    return {
      kind,
      utterance: this.#utterance,
      text,
      startMs,
      endMs: this.#endMs,
      words,
      alternatives,
    };
  }

  #checkOpen(): void {
    if (this.#state === 'closed') throw new EarshotError('EARSHOT_CLOSED', 'The fake is closed');
    if (this.#state === 'failed') {
      throw new EarshotError('EARSHOT_RECOGNIZER_FAILED', 'The fake failed');
    }
  }
}
