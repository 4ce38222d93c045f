import {
  type AudioChunk,
  EarshotError,
  type Hypothesis,
  type Recognizer,
  type RecognizerSession,
} from '../../../src/index.js';

export interface FakeBehaviour {
  /** What the first sessions do; the others work. @defaultValue 'works' */
  readonly sessions?: 'works' | 'breaks' | 'does-not-open';
  /** How many sessions behave so. @defaultValue all */
  readonly count?: number;
  /** The final hypothesis waits for it. */
  readonly lastWords?: Promise<void>;
}

/** Writes `word0`, `word1`, … for each 200 ms it hears; breaks on demand as a real one may. */
export class FakeRecognizer implements Recognizer {
  readonly name = 'fake';
  readonly capabilities = {
    sampleRatesHz: [16_000],
    chunkMs: 100,
    acceptsRepair: false,
    words: 'timed',
  } as const;
  readonly sessions: FakeSession[] = [];
  readonly #behaviour: FakeBehaviour;
  #opens = 0;

  constructor(behaviour: FakeBehaviour = {}) {
    this.#behaviour = behaviour;
  }

  async open(): Promise<RecognizerSession> {
    const { sessions = 'works', count = Number.POSITIVE_INFINITY, lastWords } = this.#behaviour;
    const behaviour = this.#opens < count ? sessions : 'works';
    this.#opens += 1;
    if (behaviour === 'does-not-open') {
      throw new EarshotError('EARSHOT_RECOGNIZER_FAILED', 'The fake recognizer does not open');
    }
    const session = new FakeSession(behaviour, lastWords);
    this.sessions.push(session);
    return session;
  }

  async close(): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.close()));
  }
}

const WORD_MS = 200;

class FakeSession implements RecognizerSession {
  readonly backlogMs = 0;
  readonly hypotheses: AsyncIterable<Hypothesis>;
  heardMs = 0;
  readonly #behaviour: 'works' | 'breaks';
  readonly #lastWords: Promise<void> | undefined;
  readonly #waiting: Hypothesis[] = [];
  #wake: (() => void) | undefined;
  #state: 'open' | 'broken' | 'closed' = 'open';
  #startMs: number | undefined;

  constructor(behaviour: 'works' | 'breaks', lastWords: Promise<void> | undefined) {
    this.#behaviour = behaviour;
    this.#lastWords = lastWords;
    this.hypotheses = this.#hypotheses();
  }

  write(chunk: AudioChunk): void {
    if (this.#state === 'closed') throw new EarshotError('EARSHOT_CLOSED', 'The session is closed');
    this.#startMs ??= chunk.startMs;
    this.heardMs += chunk.durationMs;
    if (this.#behaviour === 'breaks' && this.heardMs >= 300) {
      this.#state = 'broken';
      this.#wake?.();
      return;
    }
    this.#give('partial');
  }

  async flush(): Promise<void> {
    await this.#lastWords;
    this.#give('final');
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#wake?.();
  }

  #give(kind: 'partial' | 'final'): void {
    const startMs = this.#startMs ?? 0;
    const words = Array.from({ length: Math.floor(this.heardMs / WORD_MS) }, (_, index) => ({
      text: `word${index}`,
      startMs: startMs + index * WORD_MS,
      endMs: startMs + (index + 1) * WORD_MS,
      confidence: undefined,
    }));
    if (words.length === 0) return;
    this.#waiting.push({
      kind,
      utterance: 0,
      text: words.map(({ text }) => text).join(' '),
      startMs,
      endMs: startMs + words.length * WORD_MS,
      words,
      alternatives: [],
    });
    this.#wake?.();
  }

  async *#hypotheses(): AsyncGenerator<Hypothesis> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#state === 'closed') return;
      else if (this.#state === 'broken') {
        throw new EarshotError('EARSHOT_RECOGNIZER_FAILED', 'The fake recognizer broke');
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
