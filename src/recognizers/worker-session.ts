import { Worker } from 'node:worker_threads';
import { EarshotError } from '../errors.js';
import { AsyncQueue } from '../speech/async-queue.js';
import { alternativesFor } from '../speech/hypothesis-buffer.js';
import type { AudioChunk, Hypothesis, RecognizerSession } from './recognizer.js';
import type { WorkerReport, WorkerRequest } from './worker-messages.js';

export interface WorkerSessionSettings {
  /** For messages. */
  readonly recognizer: string;
  /** Compiled module that calls `serveDecoder`. */
  readonly file: string;
  readonly workerData: unknown;
  /** Audio that may wait for the worker, ms. */
  readonly maxBacklogMs: number;
  readonly signal: AbortSignal | undefined;
  /** Called once, when thread and model are gone. */
  onExit(): void;
}

/** Loading a model, ms; the slowest here took 6 s. */
const LOAD_LIMIT_MS = 60_000;
/** The slowest final result seen took 0.7 s; a worker that says nothing for this long is stuck, ms. */
const ANSWER_LIMIT_MS = 15_000;
const MAX_UNREAD_HYPOTHESES = 4096;

/** A session whose decoder runs in a worker thread of its own, so that decoding never blocks media or another session. */
export class WorkerSession implements RecognizerSession {
  readonly #settings: WorkerSessionSettings;
  readonly #worker: Worker;
  readonly #queue = new AsyncQueue<Hypothesis>(MAX_UNREAD_HYPOTHESES);
  readonly #flushes = new Map<number, PromiseWithResolvers>();
  readonly #ready = promiseWithResolvers();
  readonly #exited = promiseWithResolvers();
  readonly #onAbort = (): void => void this.close();
  #nextFlush = 0;
  #backlogMs = 0;
  #state: 'open' | 'failed' | 'closed' = 'open';
  #failure: EarshotError | undefined;

  private constructor(settings: WorkerSessionSettings) {
    this.#settings = settings;
    // execArgv: flags of the host, a test runner's loader say, are not the worker's.
    this.#worker = new Worker(settings.file, { workerData: settings.workerData, execArgv: [] });
    this.#worker.on('message', (report: WorkerReport) => this.#receive(report));
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#worker.on('exit', () => {
      this.#fail('its thread ended');
      settings.onExit();
      this.#exited.resolve();
    });
  }

  /** @throws {EarshotError} `EARSHOT_RECOGNIZER_FAILED` when the model does not load; `EARSHOT_CLOSED` when aborted */
  static async open(settings: WorkerSessionSettings): Promise<WorkerSession> {
    if (settings.signal?.aborted === true) throw closedError(settings.recognizer);
    const session = new WorkerSession(settings);
    settings.signal?.addEventListener('abort', session.#onAbort, { once: true });
    const timer = setTimeout(
      () => session.#fail(`its model did not load in ${LOAD_LIMIT_MS / 1000} s`),
      LOAD_LIMIT_MS,
    );
    try {
      await session.#ready.promise;
    } catch (error) {
      await session.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return session;
  }

  get hypotheses(): AsyncIterable<Hypothesis> {
    return this.#queue;
  }

  get backlogMs(): number {
    return this.#backlogMs;
  }

  write(chunk: AudioChunk): void {
    this.#checkOpen();
    const { maxBacklogMs } = this.#settings;
    if (this.#backlogMs + chunk.durationMs > maxBacklogMs) {
      throw new EarshotError(
        'EARSHOT_LIMIT_REACHED',
        `${this.#settings.recognizer} has ${Math.round(this.#backlogMs)} ms of audio waiting and takes ${maxBacklogMs} ms`,
      );
    }
    this.#backlogMs += chunk.durationMs;
    const { startMs, durationMs, sampleRateHz, spans, version } = chunk;
    const whole = chunk.pcm.byteLength === chunk.pcm.buffer.byteLength;
    const pcm = whole ? chunk.pcm : chunk.pcm.slice();
    this.#post(
      {
        type: 'chunk',
        startMs,
        durationMs,
        sampleRateHz,
        pcm,
        spans,
        version,
        alternatives: this.#wanted(),
      },
      [pcm.buffer as ArrayBuffer],
    );
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    const id = this.#nextFlush++;
    const flushed = promiseWithResolvers();
    this.#flushes.set(id, flushed);
    this.#post({ type: 'flush', id, alternatives: this.#wanted() });
    const timer = setTimeout(() => this.#fail('it does not answer'), ANSWER_LIMIT_MS);
    try {
      await flushed.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closed';
      this.#post({ type: 'close' });
    }
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#queue.end();
    this.#settle(closedError(this.#settings.recognizer));
    // A worker deep in native code ends when that returns; terminate waits for it too.
    const timer = setTimeout(() => void this.#worker.terminate(), ANSWER_LIMIT_MS);
    await this.#exited.promise;
    clearTimeout(timer);
  }

  #receive(report: WorkerReport): void {
    switch (report.type) {
      case 'ready':
        this.#ready.resolve();
        break;
      case 'hypotheses':
        for (const hypothesis of report.hypotheses) this.#queue.push(hypothesis);
        break;
      case 'done':
        this.#backlogMs = Math.max(0, this.#backlogMs - report.durationMs);
        break;
      case 'flushed':
        this.#flushes.get(report.id)?.resolve();
        this.#flushes.delete(report.id);
        break;
      case 'failed':
        this.#fail(report.message);
        break;
    }
  }

  #fail(reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#failure = new EarshotError(
      'EARSHOT_RECOGNIZER_FAILED',
      `${this.#settings.recognizer} failed: ${reason}`,
    );
    this.#queue.end(this.#failure);
    this.#settle(this.#failure);
    void this.#worker.terminate();
  }

  #settle(error: EarshotError): void {
    this.#ready.reject(error);
    for (const flush of this.#flushes.values()) flush.reject(error);
    this.#flushes.clear();
  }

  #post(request: WorkerRequest, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #wanted(): number {
    return alternativesFor(this.#backlogMs / this.#settings.maxBacklogMs);
  }

  #checkOpen(): void {
    if (this.#state === 'closed') throw closedError(this.#settings.recognizer);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function closedError(recognizer: string): EarshotError {
  return new EarshotError('EARSHOT_CLOSED', `The ${recognizer} session is closed`);
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A promise nobody has to await: a rejection nobody looks at is no crash. Node 20 has no Promise.withResolvers. */
function promiseWithResolvers(): PromiseWithResolvers {
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return {
    promise,
    resolve: () => settle?.resolve(),
    reject: (error) => settle?.reject(error),
  };
}
