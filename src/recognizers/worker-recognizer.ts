import { availableParallelism } from 'node:os';
import { EarshotError } from '../errors.js';
import type {
  Recognizer,
  RecognizerCapabilities,
  RecognizerContext,
  RecognizerSession,
} from './recognizer.js';
import { compiledModule } from './worker-entry.js';
import { WorkerSession } from './worker-session.js';

export interface WorkerRecognizerSettings {
  readonly name: string;
  readonly capabilities: RecognizerCapabilities;
  /** Name of the compiled module beside this one that serves the decoder. */
  readonly workerModule: string;
  /** Finds and checks library and model once, before the first worker; gives the worker its data. */
  prepare(sampleRateHz: number): Promise<unknown>;
  readonly maxSessions: number;
  readonly maxBacklogMs: number;
}

/** Two sessions a core: PocketSphinx's general model takes a quarter of a core while somebody speaks. */
export function defaultMaxSessions(): number {
  return 2 * availableParallelism();
}

/**
 * A recognizer that gives every session a worker thread and a decoder of its own.
 *
 * Decoders share nothing (a PocketSphinx decoder with its model is 33–105 MB whether its thread is shared or not), so
 * one thread for several would only make one speaker's words wait for another's. What is bounded is their number.
 */
export class WorkerRecognizer implements Recognizer {
  readonly name: string;
  readonly capabilities: RecognizerCapabilities;
  readonly #settings: WorkerRecognizerSettings;
  readonly #sessions = new Set<RecognizerSession>();
  readonly #prepared = new Map<number, Promise<unknown>>();
  #opening = 0;
  #closed = false;

  constructor(settings: WorkerRecognizerSettings) {
    this.name = settings.name;
    this.capabilities = settings.capabilities;
    this.#settings = settings;
  }

  async open({ sampleRateHz, signal }: RecognizerContext): Promise<RecognizerSession> {
    const { name, maxSessions, maxBacklogMs, workerModule } = this.#settings;
    if (this.#closed) throw new EarshotError('EARSHOT_CLOSED', `The ${name} recognizer is closed`);
    const { sampleRatesHz } = this.capabilities;
    if (!sampleRatesHz.includes(sampleRateHz)) {
      throw new EarshotError(
        'EARSHOT_BAD_OPTION',
        `${name} takes audio at ${sampleRatesHz.join(' or ')} Hz, got ${sampleRateHz}`,
      );
    }
    if (this.#sessions.size + this.#opening >= maxSessions) {
      throw new EarshotError(
        'EARSHOT_LIMIT_REACHED',
        `${name} serves ${maxSessions} sessions at once; raise maxSessions where there are cores and memory for more`,
      );
    }
    this.#opening++;
    let session: WorkerSession | undefined;
    try {
      session = await WorkerSession.open({
        recognizer: name,
        workerData: await this.#prepare(sampleRateHz),
        file: compiledModule(workerModule),
        maxBacklogMs,
        signal,
        onExit: () => {
          if (session !== undefined) this.#sessions.delete(session);
        },
      });
      this.#sessions.add(session);
      if (this.#closed) await session.close();
      return session;
    } finally {
      this.#opening--;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  #prepare(sampleRateHz: number): Promise<unknown> {
    const known = this.#prepared.get(sampleRateHz);
    if (known !== undefined) return known;
    const fresh = this.#settings.prepare(sampleRateHz);
    this.#prepared.set(sampleRateHz, fresh);
    // What was missing may be installed before the next try.
    fresh.catch(() => this.#prepared.delete(sampleRateHz));
    return fresh;
  }
}
