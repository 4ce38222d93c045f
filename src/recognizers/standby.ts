import type { Recognizer, RecognizerContext, RecognizerSession } from './recognizer.js';

type StandbyContext = Pick<RecognizerContext, 'sampleRateHz' | 'language'>;

/**
 * A recognizer with one session opened ahead of time, so that a stream that begins need not wait for a model to load.
 *
 * Sessions for another rate or language than the given ones are opened as they are asked for. It costs the memory of
 * one session.
 *
 * @throws what the recognizer's `open` throws
 */
export async function withStandbySession(
  recognizer: Recognizer,
  context: StandbyContext,
): Promise<Recognizer> {
  const standby = new Standby(recognizer, context);
  await standby.prepare();
  return standby;
}

class Standby implements Recognizer {
  readonly name: string;
  readonly capabilities: Recognizer['capabilities'];
  readonly #recognizer: Recognizer;
  readonly #context: StandbyContext;
  #spare: Promise<RecognizerSession> | undefined;
  #closed = false;

  constructor(recognizer: Recognizer, context: StandbyContext) {
    this.name = recognizer.name;
    this.capabilities = recognizer.capabilities;
    this.#recognizer = recognizer;
    this.#context = context;
  }

  async prepare(): Promise<void> {
    const spare = this.#recognizer.open({ ...this.#context, signal: undefined });
    this.#spare = spare;
    try {
      await spare;
    } catch (error) {
      if (this.#spare === spare) this.#spare = undefined;
      throw error;
    }
  }

  async open(context: RecognizerContext): Promise<RecognizerSession> {
    if (!this.#fits(context)) return this.#recognizer.open(context);
    const spare = this.#spare;
    this.#spare = undefined;
    const session = await (spare === undefined
      ? this.#recognizer.open(context)
      : handOver(spare, context.signal));
    this.#prepareAgain();
    return session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const spare = this.#spare;
    this.#spare = undefined;
    await this.#recognizer.close();
    const session = await spare?.catch(() => undefined);
    await session?.close();
  }

  #fits({ sampleRateHz, language, signal }: RecognizerContext): boolean {
    const { sampleRateHz: readyHz, language: readyLanguage } = this.#context;
    return sampleRateHz === readyHz && language === readyLanguage && signal?.aborted !== true;
  }

  /** Without a spare the next session is merely slower to open, and tells then what is wrong. */
  #prepareAgain(): void {
    if (this.#closed || this.#spare !== undefined) return;
    this.prepare().catch(() => undefined);
  }
}

/** The spare was opened without the signal of the one who gets it. */
async function handOver(
  spare: Promise<RecognizerSession>,
  signal: AbortSignal | undefined,
): Promise<RecognizerSession> {
  const session = await spare;
  if (signal?.aborted === true) await session.close();
  signal?.addEventListener('abort', () => void session.close(), { once: true });
  return session;
}
