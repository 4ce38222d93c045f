import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { EarshotError } from '../errors.js';
import type { Chunker, ReadyChunk } from '../speech/chunker.js';
import type {
  AudioChunk,
  Hypothesis,
  Recognizer,
  RecognizerContext,
  RecognizerSession,
} from './recognizer.js';

export interface RecognizerLinkSettings {
  readonly recognizer: Recognizer;
  readonly context: RecognizerContext;
  readonly chunker: Chunker;
  readonly clock: Clock;
  /** Times a recognizer that failed is opened again before it is given up. */
  readonly retries: number;
  /** Audio the recognizer may have waiting before chunks are held back, ms. */
  readonly maxBacklogMs: number;
  onHypothesis(hypothesis: Hypothesis): void;
  onWritten(ready: ReadyChunk, writtenUs: number): void;
  onFailed(error: EarshotError, retriesLeft: number): void;
  onReopened(): void;
}

/** Wait before the first reopening; doubles with each. */
const FIRST_RETRY_US = 500_000;
/** How soon a held-back chunk is offered again while no frame comes. */
const OFFER_AGAIN_US = 20_000;
const LONGEST_FLUSH_MS = 5000;

/** The way from decode buffer to recognizer: writes what the recognizer takes and outlives a recognizer that fails. */
export class RecognizerLink {
  readonly #settings: RecognizerLinkSettings;
  #session: RecognizerSession | undefined;
  #reading: Promise<void> = Promise.resolve();
  #retriesLeft: number;
  #cancelTimer: (() => void) | undefined;
  #state: 'open' | 'reopening' | 'gone' | 'closed' = 'open';

  private constructor(settings: RecognizerLinkSettings, session: RecognizerSession) {
    this.#settings = settings;
    this.#retriesLeft = settings.retries;
    this.#use(session);
  }

  /** @throws what the recognizer's `open` throws */
  static async open(settings: RecognizerLinkSettings): Promise<RecognizerLink> {
    return new RecognizerLink(settings, await settings.recognizer.open(settings.context));
  }

  get state(): 'open' | 'reopening' | 'gone' | 'closed' {
    return this.#state;
  }

  /** Audio the recognizer has and did not recognize yet, ms. */
  get backlogMs(): number {
    return this.#session?.backlogMs ?? 0;
  }

  /** Audio waiting here and in the recognizer over what may wait, 0..1. */
  get loadRatio(): number {
    const { chunker, maxBacklogMs } = this.#settings;
    return Math.min(1, (chunker.waitingMs + this.backlogMs) / (chunker.limitMs + maxBacklogMs));
  }

  /** Writes every waiting chunk the recognizer has room for. */
  pump(): void {
    const { chunker, clock, maxBacklogMs } = this.#settings;
    const session = this.#session;
    if (session === undefined) return;
    for (let ready = chunker.peek(); ready !== undefined; ready = chunker.peek()) {
      const full = session.backlogMs > 0 && session.backlogMs >= maxBacklogMs;
      if (full || !this.#write(session, ready.chunk)) break;
      chunker.shift();
      this.#settings.onWritten(ready, clock.nowUs());
    }
    if (chunker.peek() !== undefined && this.#state === 'open') {
      this.#wakeIn(OFFER_AGAIN_US, () => this.pump());
    }
  }

  /** Writes a better version of audio that was written; whether the recognizer took it. */
  repair(chunk: AudioChunk): boolean {
    const session = this.#session;
    if (session === undefined || !this.#settings.recognizer.capabilities.acceptsRepair)
      return false;
    return this.#write(session, chunk);
  }

  /** Writes all there is and ends the utterance; a recognizer that cannot is left to its failure. */
  async flush(): Promise<void> {
    const { chunker } = this.#settings;
    chunker.completePartial();
    // A recognizer works in real time whatever the pipeline's clock is.
    const deadlineMs = performance.now() + LONGEST_FLUSH_MS;
    for (this.pump(); chunker.peek() !== undefined; this.pump()) {
      if (this.#session === undefined || performance.now() > deadlineMs) return;
      await sleep(5);
    }
    await this.#session?.flush().catch(() => {});
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#cancelTimer?.();
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
    await this.#reading;
  }

  #use(session: RecognizerSession): void {
    this.#session = session;
    this.#state = 'open';
    this.#reading = this.#read(session);
  }

  async #read(session: RecognizerSession): Promise<void> {
    try {
      for await (const hypothesis of session.hypotheses) {
        this.#settings.onHypothesis(hypothesis);
        this.pump();
      }
    } catch (error) {
      if (this.#session === session) this.#fail(session, error);
    }
  }

  /** Whether the chunk was taken; a chunk that was not stays where it is. */
  #write(session: RecognizerSession, chunk: AudioChunk): boolean {
    try {
      session.write(chunk);
      return true;
    } catch (error) {
      const limit = error instanceof EarshotError && error.code === 'EARSHOT_LIMIT_REACHED';
      if (!limit) this.#fail(session, error);
      return false;
    }
  }

  #fail(session: RecognizerSession | undefined, error: unknown): void {
    if (this.#state === 'closed') return;
    this.#session = undefined;
    void session?.close().catch(() => {});
    const waitUs = FIRST_RETRY_US * 2 ** (this.#settings.retries - this.#retriesLeft);
    this.#state = this.#retriesLeft > 0 ? 'reopening' : 'gone';
    this.#settings.onFailed(failureOf(error, this.#settings.recognizer.name), this.#retriesLeft);
    if (this.#state !== 'reopening') return;
    this.#retriesLeft--;
    this.#wakeIn(waitUs, () => void this.#reopen());
  }

  async #reopen(): Promise<void> {
    const { recognizer, context, onReopened } = this.#settings;
    try {
      const session = await recognizer.open(context);
      if (this.#state === 'closed') {
        await session.close();
        return;
      }
      onReopened();
      this.#use(session);
      this.pump();
    } catch (error) {
      this.#fail(undefined, error);
    }
  }

  #wakeIn(delayUs: number, wake: () => void): void {
    const { clock } = this.#settings;
    this.#cancelTimer?.();
    this.#cancelTimer = clock.wakeAt(clock.nowUs() + delayUs, wake);
  }
}

function failureOf(error: unknown, name: string): EarshotError {
  if (error instanceof EarshotError) return error;
  return new EarshotError('EARSHOT_RECOGNIZER_FAILED', `${name} failed`, { cause: error });
}
